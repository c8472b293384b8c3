import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'amqplib';
import { serveCommands } from '../processes/serve-commands.js';

/**
 * The least that stores an event durably: node:http, JSON.parse, one confirmed persistent publish per event. At `/together` events share
 * messages, one line per event: the events that arrive while a message is unconfirmed go as the next message.
 */
const commands = { listen };
export type FloorIngestCommands = typeof commands;
serveCommands(commands);

const answer = Buffer.from('{"code":"000"}');
const togetherMost = 64;
const answerHeaders = { 'Content-Type': 'application/json', 'Content-Length': answer.length };

/** @returns the URL; `/` and `/together` accept an event, `/list` a list of events */
async function listen({ amqpUrl, queue }: { amqpUrl: string; queue: string }): Promise<string> {
  const model = await connect(amqpUrl, { noDelay: true });
  const channel = await model.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  const publish = (body: Buffer, confirmed: (error: unknown) => void) =>
    channel.publish('', queue, body, { persistent: true }, confirmed);

  const publishTogether = gather(publish);

  function take(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const document: unknown = JSON.parse(body.toString());
    const bodies = request.url === '/list' ? eventsOf(document) : [body];
    const publishEach = request.url === '/together' ? publishTogether : publish;
    let waiting = bodies.length;
    for (const each of bodies) {
      publishEach(each, (error) => {
        if (error) return void response.destroy();
        waiting -= 1;
        if (waiting === 0) response.writeHead(200, answerHeaders).end(answer);
      });
    }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => take(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Confirmed = (error: unknown) => void;
type Publish = (body: Buffer, confirmed: Confirmed) => void;

const lineEnd = Buffer.from('\n');

/** One message is under way at a time. */
function gather(publish: Publish): Publish {
  const waiting: { readonly body: Buffer; readonly confirmed: Confirmed }[] = [];
  let isUnderWay = false;

  function next(): void {
    const sent = waiting.splice(0, togetherMost);
    isUnderWay = sent.length > 0;
    if (!isUnderWay) return;
    publish(Buffer.concat(sent.flatMap(({ body }, index) => (index === 0 ? [body] : [lineEnd, body]))), (error) => {
      for (const { confirmed } of sent) confirmed(error);
      next();
    });
  }

  return (body, confirmed) => {
    waiting.push({ body, confirmed });
    if (!isUnderWay) next();
  };
}

function eventsOf(document: unknown): Buffer[] {
  const { eventList } = document as { eventList: unknown[] };
  return eventList.map((event) => Buffer.from(JSON.stringify(event)));
}
