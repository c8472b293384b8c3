import { Socket } from 'node:net';
import type { ChannelModel } from 'amqplib';
import { streamOf } from './connection-stream.js';

const lookMs = 500;
/** Looks without a byte after which the broker is asked, and after which it is given up. */
const looksBeforeAsking = 2;
const looksBeforeGivingUp = 8;

/**
 * Watches whether the broker still speaks. A node that hangs keeps its connections open, and heartbeats of 10 s take 20 to 30 s to
 * tell. A broker with an alarm reads nothing from a connection that publishes, so that one is left to the heartbeats.
 *
 * @param onSilent called once, 4 s after the last byte
 */
export async function watchPulse(model: ChannelModel, onSilent: () => void): Promise<void> {
  const socket = streamOf(model);
  if (!(socket instanceof Socket)) return;
  const bytesRead = () => socket.bytesRead;
  // Of its own: another channel answers nothing while it declares something, which may wait for a node that hangs.
  const opening = model.createChannel();
  let isBlocked = false;
  model.on('blocked', () => (isBlocked = true));
  model.on('unblocked', () => (isBlocked = false));

  let heard = bytesRead();
  let silentLooks = 0;
  let lookedAt = performance.now();
  const timer = setInterval(look, lookMs).unref();
  model.once('close', () => clearInterval(timer));
  // Who asks is told.
  (await opening).on('error', () => undefined);

  function look(): void {
    const now = performance.now();
    // A process that was stopped or busy had no chance to hear anything.
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
