import { Socket } from 'node:net';
import type { ChannelModel } from 'amqplib';
import { streamOf } from './connection-stream.js';

const lookMs = 500;
/** The numbers of looks without a byte after which the broker is asked, and given up. */
const looksBeforeAsking = 2;
const looksBeforeGivingUp = 8;

/**
 * Watches whether the broker still sends anything. A hanging node keeps its connections open, and heartbeats of 10 s take 20 to 30 s to
 * notice. During an alarm the broker reads nothing from a publishing connection, so that connection is left to the heartbeats.
 *
 * @param onSilent called once, 4 s after the last byte
 */
export async function watchPulse(model: ChannelModel, onSilent: () => void): Promise<void> {
  const socket = streamOf(model);
  if (!(socket instanceof Socket)) return;
  const bytesRead = () => socket.bytesRead;
  // A channel of its own, because another channel does not answer during a declaration, which may wait for a hanging node.
  const opening = model.createChannel();
  let isBlocked = false;
  model.on('blocked', () => (isBlocked = true));
  model.on('unblocked', () => (isBlocked = false));

  let heard = bytesRead();
  let silentLooks = 0;
  let lookedAt = performance.now();
  const timer = setInterval(look, lookMs).unref();
  model.once('close', () => clearInterval(timer));
  // The asking call gets the error.
  (await opening).on('error', () => undefined);

  function look(): void {
    const now = performance.now();
    // A process that was stopped or busy could not receive anything.
    const isLate = now - lookedAt > 2 * lookMs;
    lookedAt = now;
    const bytes = bytesRead();
    if (bytes !== heard || isLate || isBlocked) {
      heard = bytes;
      silentLooks = 0;
      return;
    }
    silentLooks += 1;
    if (silentLooks === looksBeforeAsking) opening.then((channel) => channel.prefetch(1)).catch(() => undefined);
    if (silentLooks < looksBeforeGivingUp) return;
    clearInterval(timer);
    onSilent();
  }
}
