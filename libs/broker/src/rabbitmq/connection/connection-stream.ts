import { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';

/** The socket of a connection, which amqplib keeps but does not declare. */
export function streamOf({ connection }: ChannelModel): Duplex | undefined {
  return 'stream' in connection && connection.stream instanceof Duplex ? connection.stream : undefined;
}

/** Uses one system call for everything that is written in a turn of the event loop; amqplib makes one for each message. */
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

/** Destroys the connection without a close, which a faulty broker may never answer. */
export function destroy(model: ChannelModel, error: Error): void {
  const stream = streamOf(model);
  if (stream === undefined) model.close().catch(() => undefined);
  else stream.destroy(error);
}
