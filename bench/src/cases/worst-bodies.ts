import { medianOf, type Case, type Figure } from '../case.js';
import { openConnection, type Connection } from '../http-requests.js';
import { alternate, type Play, type Variant } from '../runs.js';
import { subscribe } from '../subscribe.js';
import { startUsage } from '../usage.js';
import { worstBodies, type WorstBody } from '../worst-bodies.js';

/** The kernel counts CPU in hundredths of a second. */
const requestsOfOne = 5;

export const worstBodiesCase: Case = {
  name: 'worst-bodies',
  what:
    'CPU of a service for one request, for the worst bodies that its routes take or refuse after parsing: reading, checking, encoding, ' +
    'publishing or storing, and answering. `JSON.parse` of the same body is what nothing can do without. Of each route the body that ' +
    'takes most and the one whose `JSON.parse` takes most are shown, of the shapes in `bench/src/worst-bodies.ts`.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const connections = {
      ingest: await openConnection(targetOf(bus.ingest.url)),
      subscription: await openConnection(targetOf(bus.subscription.url)),
    };
    const [id = 0] = await subscribe(bus.subscription.url, [
      { name: 'worst', callbackUrl: stage.receiverUrl, event: 0 },
    ]);
    const bodies = worstBodies(id);
    const plays = bodies.map((worst): [string, Play] => {
      const { pid } = bus[worst.service];
      return [nameOf(worst), (share) => play(worst, { pid, connection: connections[worst.service], share })];
    });
    const variants = await alternate(Object.fromEntries(plays), options);
    for (const connection of Object.values(connections)) connection.close();

    const routes = [...new Set(bodies.map(({ route }) => route))];
    const shown = routes.map((route) => {
      const own = bodies.filter((each) => each.route === route).map(nameOf);
      return { route, costly: most(variants, own, 'CPU ms'), parsed: most(variants, own, 'JSON.parse ms') };
    });
    const parses = shown.map(({ parsed }) => medianOf(variants, parsed, 'JSON.parse ms'));
    const figures = shown.map(({ route, costly }): Figure => ({
      name: `CPU / JSON.parse, worst body: ${route}`,
      value: medianOf(variants, costly, 'CPU ms') / medianOf(variants, costly, 'JSON.parse ms'),
      atMost: 2,
    }));
    const names = new Set(shown.flatMap(({ costly, parsed }) => [costly, parsed]));
    return {
      variants: variants.filter(({ name }) => names.has(name)),
      figures: [
        { name: 'JSON.parse of the worst body', value: Math.max(...parses), unit: 'ms', atMost: 100 },
        ...figures,
      ],
    };
  },
};

const nameOf = ({ route, shape }: WorstBody) => `${route}: ${shape}`;

/** @returns which of the names has most of a measure */
function most(variants: readonly Variant[], names: readonly string[], measure: string): string {
  const valueOf = (name: string) => medianOf(variants, name, measure);
  return names.reduce((one, other) => (valueOf(other) > valueOf(one) ? other : one));
}

async function play(
  { method, path, headers, body: textOf, parsed = (body) => [body] }: WorstBody,
  { pid, connection, share }: { pid: number; connection: Connection; share: number },
) {
  const requests = Math.max(1, Math.round(requestsOfOne * share));
  const text = textOf();
  const parts = parsed(text);
  const parseMs = timeOf(() => parts.forEach((part) => void JSON.parse(part)));
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const template = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${fields.join('')}`;
  const used = startUsage({ service: [pid] });
  let failed = 0;
  for (let request = 0; request < requests; request += 1) {
    // Ids of events differ, so that none is a repeat.
    const unique = (template: string) => template.replaceAll(/(?<=["' ])ID(?=["\r])/g, () => String(performance.now()));
    const bytes = Buffer.from(unique(text));
    const head = `${unique(template)}Content-Length: ${bytes.length}\r\n\r\n`;
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
    // The kernel knows the sum of both exactly, and each of them only about.
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
