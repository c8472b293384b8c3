// The program of the container that receives callbacks. It counts them by path and event, and answers them as it is told.
//   GET  /                 the counts: { path: { event: times } }
//   POST /answer?/path=503 answers callbacks to this path so from now on
import { createServer } from 'node:http';

const counts = {};
const answers = new Map();

const server = createServer((request, response) => {
  const { method, url = '', headers } = request;
  if (method === 'GET') return void response.end(JSON.stringify(counts));
  request.resume().once('end', () => {
    if (url.startsWith('/answer?')) {
      const [path, status] = url.slice('/answer?'.length).split('=');
      answers.set(path, Number(status));
      return void response.end();
    }
    const status = answers.get(url) ?? 200;
    const event = String(headers['ce-id']);
    if (status < 300) {
      counts[url] ??= {};
      counts[url][event] = (counts[url][event] ?? 0) + 1;
    }
    response.writeHead(status).end();
  });
});
server.listen(8000);
process.on('SIGTERM', () => process.exit());
