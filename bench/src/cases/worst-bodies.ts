import { medianOf, type Case, type Figure } from '../case.js';
import type { Bus } from '../processes/bus.js';
import { openConnection } from '../load/http-requests.js';
import type { BareServerCommands } from '../programs/bare-server.js';
import { alternate, type Play, type Run, type Variant } from '../runs.js';
import type { Stage } from '../processes/stage.js';
import { subscribe } from '../processes/subscribe.js';
import { startProgram, type Program } from '../processes/program.js';
import { cpuMs, startUsage } from '../processes/usage.js';
import { worstBodies, type WorstBody } from '../load/worst-bodies.js';

const requestsOfOne = 5;

export const worstBodiesCase: Case = {
  name: 'worst-bodies',
  what:
    'CPU of a service per request, for the most expensive bodies that its routes accept, or refuse after parsing: reading, checking, encoding, ' +
    'publishing or storing, and answering. `JSON.parse` of the same body is the minimum; a bare server (`node:http`) reads ' +
    'the same body, decodes it, parses it once, and does nothing else. Of the shapes in `bench/src/load/worst-bodies.ts` each route shows ' +
    'the most expensive one, and the one whose `JSON.parse` is the most expensive.',
  async run(stage, options) {
    const bus = await stage.startBus();
    const bare = startProgram<BareServerCommands>('bare-server');
    const bareServer: Server = { program: bare, url: await bare.ask('listen') };
    const bodies = await bodiesFor(stage, bus);
    const plays = bodies.map((worst): [string, Play] => [
      nameOf(worst),
      (share) => play(worst, { service: serverOf(bus, worst), bare: bareServer, share }),
    ]);
    const variants = await alternate(Object.fromEntries(plays), options);
    await bare.stop();

    const shown = routesOf(bodies).map((route) => {
      const own = bodies.filter((each) => each.route === route).map(nameOf);
      return { route, costly: most(variants, own, 'CPU ms'), parsed: most(variants, own, 'JSON.parse ms') };
    });
    const parses = shown.map(({ parsed }) => medianOf(variants, parsed, 'JSON.parse ms'));
    const ratio = (costly: string, floor: string) =>
      medianOf(variants, costly, 'CPU ms') / medianOf(variants, costly, floor);
    const figures = shown.flatMap(({ route, costly }): Figure[] => [
      { name: `CPU / JSON.parse, worst body: ${route}`, value: ratio(costly, 'JSON.parse ms'), atMost: 2 },
      { name: `CPU / bare server, worst body: ${route}`, value: ratio(costly, 'bare server ms') },
    ]);
    const names = new Set(shown.flatMap(({ costly, parsed }) => [costly, parsed]));
    return {
      variants: variants.filter(({ name }) => names.has(name)),
      figures: [
        { name: 'JSON.parse of the worst body', value: Math.max(...parses), unit: 'ms', atMost: 100 },
        ...figures,
      ],
    };
  },
  async openBeside(stage, { checkout }) {
    const bus = await stage.startBus(checkout);
    const bodies = await bodiesFor(stage, bus);
    const plays = routesOf(bodies).map((route): [string, Play] => [
      route,
      () =>
        sendEach(
          bus,
          bodies.filter((worst) => worst.route === route),
        ),
    ]);
    return Object.fromEntries(plays);
  },
};

interface Server {
  readonly program: Pick<Program<BareServerCommands>, 'pid'> & { ask(command: 'cpuMs'): Promise<number> };
  readonly url: string;
}

const nameOf = ({ route, shape }: WorstBody) => `${route}: ${shape}`;

const routesOf = (bodies: readonly WorstBody[]) => [...new Set(bodies.map(({ route }) => route))];

function serverOf(bus: Bus, { service }: WorstBody): Server {
  return { program: bus[service], url: bus[service].url };
}

async function bodiesFor(stage: Stage, bus: Bus): Promise<readonly WorstBody[]> {
  const wanted = [{ name: 'worst', callbackUrl: stage.receiverUrl, event: 0 }];
  const [id = 0] = await subscribe(bus.subscription.url, wanted);
  return worstBodies(id);
}

/** @returns the name with the highest value of a measure */
function most(variants: readonly Variant[], names: readonly string[], measure: string): string {
  const valueOf = (name: string) => medianOf(variants, name, measure);
  return names.reduce((one, other) => (valueOf(other) > valueOf(one) ? other : one));
}

async function play(
  worst: WorstBody,
  { service, bare, share }: { service: Server; bare: Server; share: number },
): Promise<Run> {
  const requests = Math.max(1, Math.round(requestsOfOne * share));
  const text = worst.body();
  const parts = worst.parsed?.(text) ?? [text];
  const parseMs = timeOf(() => parts.forEach((part) => void JSON.parse(part)));
  const used = startUsage({ service: [service.program.pid] });
  const answered = await send(service, { worst, text, requests });
  const usage = used();
  const { cpuMs: bareMs } = await send(bare, { worst, text, requests });
  return {
    values: { 'CPU ms': answered.cpuMs, 'JSON.parse ms': parseMs, 'bare server ms': bareMs },
    events: requests,
    usage,
    lost: 0,
    repeated: 0,
    failed: answered.failed,
  };
}

/** Sends each body once. @returns the mean CPU time of the service per request */
async function sendEach(bus: Bus, bodies: readonly WorstBody[]): Promise<Run> {
  const used = startUsage({ ingest: [bus.ingest.pid], subscription: [bus.subscription.pid] });
  let cpuMs = 0;
  let failed = 0;
  for (const worst of bodies) {
    const answered = await send(serverOf(bus, worst), { worst, text: worst.body(), requests: 1 });
    cpuMs += answered.cpuMs;
    failed += answered.failed;
  }
  return {
    values: { 'CPU ms': cpuMs / bodies.length },
    events: bodies.length,
    usage: used(),
    lost: 0,
    repeated: 0,
    failed,
  };
}

/** @returns the server's CPU time per request, and the number of requests with an unexpected answer */
async function send(
  { program, url }: Server,
  { worst, text, requests }: { worst: WorstBody; text: string; requests: number },
) {
  const { method, path, headers } = worst;
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const template = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${fields.join('')}`;
  const connection = await openConnection(targetOf(url));
  const before = await program.ask('cpuMs');
  let failed = 0;
  for (let request = 0; request < requests; request += 1) {
    // Each event has an id of its own, so that none is a repeat.
    const unique = (template: string) => template.replaceAll(/(?<=["' ])ID(?=["\r])/g, () => String(performance.now()));
    const bytes = Buffer.from(unique(text));
    const head = `${unique(template)}Content-Length: ${bytes.length}\r\n\r\n`;
    const status = await connection.send(Buffer.concat([Buffer.from(head), bytes]));
    if (status === 0 || status >= 500) failed += 1;
  }
  connection.close();
  return { cpuMs: ((await program.ask('cpuMs')) - before) / requests, failed };
}

/** The CPU time of this process in milliseconds, the least of several runs. */
function timeOf(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = cpuMs();
    work();
    return cpuMs() - before;
  });
  return Math.min(...times);
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
