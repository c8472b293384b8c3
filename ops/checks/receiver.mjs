// A receiver that counts callbacks by the event's id in a header, so subscribe with `payload_format: 'cloudevents-binary'`.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Opens a receiver. It answers 200 at once by default. */
export async function openReceiver() {
  const answers = new Map();
  /** Callbacks by path and event id. */
  const calls = new Map();
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      const id = request.headers['ce-id'];
      const path = request.url;
      const events = calls.get(path) ?? new Map();
      calls.set(path, events.set(id, (events.get(id) ?? 0) + 1));
      const { status = 200, delayMs = 0 } = answers.get(path)?.(events.size) ?? {};
      setTimeout(() => response.writeHead(status).end('the answer of a receiver'), delayMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    /** @param answer a function of the number of the event, which returns `{ status, delayMs }` */
    answerWith: (path, answer) => void answers.set(path, answer),
    /** @returns how many of these events came, and how many callbacks beyond the first of each event */
    count(path, ids) {
      const events = calls.get(path) ?? new Map();
      let came = 0;
      let repeated = 0;
      for (const id of ids) {
        const times = events.get(id) ?? 0;
        if (times > 0) came += 1;
        if (times > 1) repeated += times - 1;
      }
      return { came, repeated };
    },
    /** Refuses connections until it is opened again. */
    async shut() {
      server.close();
      server.closeAllConnections();
    },
    async reopen() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
