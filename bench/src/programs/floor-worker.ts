import { connect } from 'amqplib';
import { Agent } from 'undici';
import { serveCommands } from '../processes/serve-commands.js';

/** The least that delivers an event: consume, post the same bytes with undici, ack. A message may hold several events, one line per event. */
const commands = { consume, aim };
export type FloorWorkerCommands = typeof commands;
serveCommands(commands);

const headers = { 'content-type': 'application/json' };
let origin = '';
let paths: readonly string[] = [];

/** Sets the receiver of the messages. */
function aim(to: { origin: string; paths: readonly string[] }): void {
  origin = to.origin;
  paths = to.paths;
}

async function consume(options: { amqpUrl: string; queue: string; prefetch: number; connections: number }) {
  const model = await connect(options.amqpUrl, { noDelay: true });
  const channel = await model.createChannel();
  const agent = new Agent({ connections: options.connections, pipelining: 1 });
  await channel.assertQueue(options.queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.prefetch(options.prefetch);

  async function post(path: string, body: Buffer): Promise<void> {
    const answer = await agent.request({ origin, path, method: 'POST', headers, body });
    await answer.body.dump();
  }
  await channel.consume(options.queue, (message) => {
    if (message === null) throw new Error('the queue is gone');
    const posts = eventsIn(message.content).flatMap((event) => paths.map((path) => post(path, event)));
    void Promise.all(posts).then(() => channel.ack(message));
  });
}

const lineEnd = 0x0a;

/** JSON text has no line ends. */
function eventsIn(content: Buffer): Buffer[] {
  const events: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(lineEnd); end !== -1; end = content.indexOf(lineEnd, start)) {
    events.push(content.subarray(start, end));
    start = end + 1;
  }
  events.push(content.subarray(start));
  return events;
}
