import { medianOf, type Case, type Figure } from '../case.js';
import { openConnection, type Connection } from '../http-requests.js';
import { alternate, type Play } from '../runs.js';
import { startUsage } from '../usage.js';
import { worstBodies, type WorstBody } from '../worst-bodies.js';

/** The kernel counts CPU in hundredths of a second. */
const requestsOfOne = 20;

export const worstBodiesCase: Case = {
  name: 'worst-bodies',
  what:
    'CPU of a service for one request, for the worst bodies that its routes take or refuse after parsing: reading, checking, encoding, ' +
    'publishing and answering. `JSON.parse` of the same body is what nothing can do without.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const connections = {
      ingest: await openConnection(targetOf(bus.ingest.url)),
      subscription: await openConnection(targetOf(bus.subscription.url)),
    };
    const plays = worstBodies.map((worst): [string, Play] => {
      const { pid } = bus[worst.service];
      return [worst.name, (share) => play(worst, { pid, connection: connections[worst.service], share })];
    });
    const variants = await alternate(Object.fromEntries(plays), options);
    for (const connection of Object.values(connections)) connection.close();
    const ratioOf = (name: string) => medianOf(variants, name, 'CPU ms') / medianOf(variants, name, 'JSON.parse ms');
    const parses = variants.map(({ name }) => medianOf(variants, name, 'JSON.parse ms'));
    return {
      variants,
      figures: [
        { name: 'JSON.parse of the worst body', value: Math.max(...parses), unit: 'ms', atMost: 100 },
        ...variants.map(({ name }): Figure => ({ name: `CPU / JSON.parse: ${name}`, value: ratioOf(name), atMost: 2 })),
      ],
    };
  },
};

async function play(
  { path, contentType, body }: WorstBody,
  { pid, connection, share }: { pid: number; connection: Connection; share: number },
) {
  const requests = Math.max(1, Math.round(requestsOfOne * share));
  const parseMs = timeOf(() => void JSON.parse(body));
  const used = startUsage({ service: [pid] });
  let failed = 0;
  for (let request = 0; request < requests; request += 1) {
    // Ids of events differ, so that none is a repeat.
    const bytes = Buffer.from(body.replaceAll('"ID"', () => `"${performance.now()}"`));
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${contentType}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const status = await connection.send(Buffer.concat([Buffer.from(head), bytes]));
    if (status === 0 || status >= 500) failed += 1;
  }
  const usage = used();
  const cpuMs = ((usage['service']?.cpuS ?? NaN) * 1_000) / requests;
  return {
    values: { 'CPU ms': cpuMs, 'JSON.parse ms': parseMs },
    events: requests,
    usage,
    lost: 0,
    repeated: 0,
    failed,
  };
}

/** CPU of this process, in milliseconds, the least of a few times. */
function timeOf(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    return process.cpuUsage(before).user / 1_000;
  });
  return Math.min(...times);
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
