import { Socket } from 'node:net';
import type { ChannelModel } from 'amqplib';
import { streamOf } from './connection-stream.js';

const checkMs = 500;
/** The broker is probed after this number of checks without a byte. */
const checksBeforeProbe = 2;
const checksBeforeGivingUp = 8;

/**
 * Checks whether the broker still sends anything. A hanging node keeps its connections open, and heartbeats of 10 s notice that only after
 * 20 to 30 s. During an alarm the broker reads nothing from a blocked connection, and only the heartbeats check it.
 *
 * @param onSilent called once, 4 s after the last byte
 */
export async function watchPulse(model: ChannelModel, onSilent: () => void): Promise<void> {
  const socket = streamOf(model);
  if (!(socket instanceof Socket)) return;
  const bytesRead = () => socket.bytesRead;
  // A channel of its own. On any other channel a declaration may wait for a hanging node, and the probe would wait behind it.
  const opening = model.createChannel();
  let isBlocked = false;
  model.on('blocked', () => (isBlocked = true));
  model.on('unblocked', () => (isBlocked = false));

  let heard = bytesRead();
  let silentChecks = 0;
  let checkedAt = performance.now();
  const timer = setInterval(check, checkMs).unref();
  model.once('close', () => clearInterval(timer));
  // The probe itself rejects with the error.
  (await opening).on('error', () => undefined);

  function check(): void {
    const now = performance.now();
    // A process that was suspended or busy could receive nothing.
    const isLate = now - checkedAt > 2 * checkMs;
    checkedAt = now;
    const bytes = bytesRead();
    if (bytes !== heard || isLate || isBlocked) {
      heard = bytes;
      silentChecks = 0;
      return;
    }
    silentChecks += 1;
    if (silentChecks === checksBeforeProbe) opening.then((channel) => channel.prefetch(1)).catch(() => undefined);
    if (silentChecks < checksBeforeGivingUp) return;
    clearInterval(timer);
    onSilent();
  }
}
