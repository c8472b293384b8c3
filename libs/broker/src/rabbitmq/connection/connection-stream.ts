import { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';

/** A connection's socket, which amqplib keeps and does not declare. */
export function streamOf({ connection }: ChannelModel): Duplex | undefined {
  return 'stream' in connection && connection.stream instanceof Duplex ? connection.stream : undefined;
}

/** One system call for all that is written in a turn of the event loop: amqplib makes one for each message. */
export function gatherWrites(model: ChannelModel): void {
  const stream = streamOf(model);
  if (stream === undefined) return;
  const write = stream.write.bind(stream);
  const send = () => stream.uncork();
  stream.write = (chunk: unknown) => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(send);
    }
    return write(chunk);
  };
}

/** Ends the connection without a word, since a broker that is ill may never answer a close. */
export function destroy(model: ChannelModel, error: Error): void {
  const stream = streamOf(model);
  if (stream === undefined) model.close().catch(() => undefined);
  else stream.destroy(error);
}
