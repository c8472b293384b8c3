import { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';

/** The socket of a connection, which amqplib does not declare in its types. */
export function streamOf({ connection }: ChannelModel): Duplex | undefined {
  return 'stream' in connection && connection.stream instanceof Duplex ? connection.stream : undefined;
}

/** Makes one system call for all writes of a turn of the event loop. amqplib makes one for each message. */
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

/** Ends the connection without a close handshake, which a faulty broker may never finish. */
export function destroy(model: ChannelModel, error: Error): void {
  const stream = streamOf(model);
  if (stream === undefined) model.close().catch(() => undefined);
  else stream.destroy(error);
}
