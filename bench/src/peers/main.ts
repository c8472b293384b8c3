import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { here } from '../processes/checkout.js';
import { describeHardware, describeMachine } from '../processes/machine.js';
import { openStage } from '../processes/stage.js';
import { openTraffic, type Traffic } from '../processes/traffic.js';
import { toTable } from '../report/tables.js';
import type { Variant } from '../runs.js';
import { openCallbus } from './callbus.js';
import { toColumn } from './column.js';
import { readCommandLine, type CommandLine } from './command-line.js';
import { fillColumn } from './document.js';
import { measure } from './measure.js';
import { openPeer } from './peers.js';
import type { System } from './system.js';

const document = fileURLToPath(new URL('../../../docs/peers.md', import.meta.url));
/** The port that the recipes name. */
const receiverPort = 9_000;
/** Convoy's slowest callbacks took 110 s. */
const idleMs = 120_000;
/** The durability of Redis in the recipes, so that Callbus has the same as the peers. */
const redisOptions = ['--appendfsync', 'everysec'];

const commandLine = readCommandLine(process.argv.slice(2));
if (typeof commandLine === 'string') fail(commandLine);
process.exitCode = await (commandLine.system === 'callbus' ? playCallbus(commandLine) : playPeer(commandLine));

/** Starts Callbus and its servers, measures it and stores the column. */
async function playCallbus({ isQuick }: CommandLine): Promise<number> {
  const stage = await openStage({ traffic: { idleMs }, redis: redisOptions });
  process.once('SIGINT', () => void stage.close().then(() => process.exit(130)));
  try {
    const variants = await play(stage, await openCallbus(stage), isQuick);
    const label = `commit ${commit()}, ${today()}, on ${await describeMachine(stage)}; the servers' data in ${tmpdir()}.`;
    if (!isQuick) writeFileSync(document, await fillColumn(readFileSync(document, 'utf8'), toColumn(variants), label));
    return report(variants, label);
  } finally {
    await stage.close();
  }
}

/** Measures a peer that runs already, as its recipe starts it. */
async function playPeer({ system: name, settings, isQuick }: CommandLine): Promise<number> {
  const system = openPeer(name, settings);
  if (typeof system === 'string') fail(system);
  for (const [program, pids] of Object.entries(system.processes())) {
    if (pids.length === 0) fail(`no ${program} runs on this machine`);
  }
  const traffic = await openTraffic({ port: receiverPort, idleMs, firstSequence: sequenceOfNow() });
  try {
    return report(await play(traffic, system, isQuick), `${name}, ${today()}, on ${describeHardware()}.`);
  } finally {
    await traffic.close();
  }
}

function play(traffic: Traffic, system: System, isQuick: boolean): Promise<Variant[]> {
  return measure(traffic, system, { rounds: isQuick ? 1 : 3, share: isQuick ? 0.05 : 1, progress: say });
}

/** @returns 1 when an event was refused or repeated, or a callback is missing */
function report(variants: readonly Variant[], label: string): number {
  process.stdout.write(`${toTable(['', 'measured'], Object.entries(toColumn(variants)))}\n\n${label}\n`);
  const refused = variants.reduce((sum, { failed }) => sum + failed, 0);
  if (refused > 0) say(`${refused} events were not accepted`);
  return variants.every(({ lost, repeated, failed }) => lost + repeated + failed === 0) ? 0 : 1;
}

/** A sequence that no earlier run reached, so that its late callbacks do not count: a peer goes on between runs. */
function sequenceOfNow(): number {
  return (Math.floor(Date.now() / 1_000) % 90_000) * 100_000;
}

function commit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: here.directory, encoding: 'utf8' }).trim();
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function fail(text: string): never {
  say(text);
  process.exit(2);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
