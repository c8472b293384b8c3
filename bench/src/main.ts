import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playBeside, type BesideResult } from './beside.js';
import type { Case, CaseResult } from './case.js';
import { deliver } from './cases/deliver.js';
import { endToEnd } from './cases/end-to-end.js';
import { isolation } from './cases/isolation.js';
import { latency } from './cases/latency.js';
import { publish, publishList } from './cases/publish.js';
import { soak } from './cases/soak.js';
import { subscriptions } from './cases/subscriptions.js';
import { tail } from './cases/tail.js';
import { workers } from './cases/workers.js';
import { worstBodiesCase } from './cases/worst-bodies.js';
import { readCommandLine } from './command-line.js';
import { dataDirectory, describeMachine, describeSettings } from './processes/machine.js';
import { besideTable, countsOf } from './report/beside-table.js';
import { toChart } from './report/chart.js';
import { toDocument } from './report/document.js';
import type { Checkout } from './processes/checkout.js';
import { figuresTable, measuresTable, processesTable } from './report/tables.js';
import { readResults, writeResults, type MeasuredCase } from './results.js';
import { openStage, type Stage } from './processes/stage.js';

const cases = [
  publish,
  publishList,
  deliver,
  endToEnd,
  latency,
  tail,
  isolation,
  subscriptions,
  workers,
  worstBodiesCase,
  soak,
];

const quickShare = 0.05;
/** The number of turns of bus and floor. A figure is the median of the ratios of these pairs. */
const pairs = 5;
/** With 15 turns the confidence interval of the median ratio is a few hundredths. */
const turnsBeside = 15;
const secondsBeside = 170;

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const files = {
  results: pathOf('docs/performance.json'),
  chart: pathOf('docs/performance.svg'),
  template: pathOf('bench/performance.template.md'),
  document: pathOf('docs/performance.md'),
};

const commandLine = readCommandLine(cases, process.argv.slice(2));
if (typeof commandLine === 'string') {
  say(commandLine);
  process.exit(2);
}
const { chosen, isQuick, other } = commandLine;
process.exitCode = await onStage(other === undefined ? measureCases : (stage) => compareCases(stage, other));

/** @returns 1 when an event was lost or repeated */
async function onStage(play: (stage: Stage) => Promise<boolean>): Promise<number> {
  process.env['TMPDIR'] = dataDirectory();
  say(describeSettings());
  const stage = await openStage();
  const isWhole = await play(stage).finally(() => stage.close());
  if (!isWhole) say('events were lost or repeated');
  return isWhole ? 0 : 1;
}

/** Measures the cases against the floor. @returns whether no event was lost or repeated */
async function measureCases(stage: Stage): Promise<boolean> {
  const measured: Record<string, MeasuredCase> = {};
  const machine = await describeMachine(stage);
  say(machine);
  for (const each of chosen) {
    measured[each.name] = await runCase(stage, each, { machine, isAlone: chosen.length === 1 });
    // Published after each case, so that an interrupted run keeps its results.
    if (!isQuick) await publishResults(measured);
  }
  process.stdout.write(`\n${figuresTable(measured)}\n`);
  return Object.values(measured).every(({ variants }) => variants.every(isWholeRun));
}

/** Compares cases with another build, and stores nothing. @returns whether no event was lost or repeated */
async function compareCases(stage: Stage, checkout: Checkout): Promise<boolean> {
  say(`${await describeMachine(stage)}\nother: ${checkout.directory}`);
  let isWhole = true;
  for (const compared of chosen) {
    const options = {
      other: checkout,
      turns: isQuick ? 2 : turnsBeside,
      seconds: isQuick ? 0 : secondsBeside,
      share: isQuick ? quickShare : 1,
      progress: progressOf(compared.name),
    };
    const result: BesideResult = await playBeside(stage, compared, options).finally(() => stage.stopAll());
    process.stdout.write(`\n${compared.name}\n\n${besideTable(result)}\n\n${countsOf(result)}\n\n`);
    isWhole &&= result.runs.every(({ run }) => isWholeRun(run));
  }
  return isWhole;
}

async function runCase(
  stage: Stage,
  each: Case,
  { machine, isAlone }: { machine: string; isAlone: boolean },
): Promise<MeasuredCase> {
  const start = performance.now();
  const options = {
    rounds: isQuick ? 1 : pairs,
    share: isQuick ? quickShare : 1,
    isAlone,
    progress: progressOf(each.name),
  };
  const result: CaseResult = await each.run(stage, options).finally(() => stage.stopAll());
  process.stdout.write(`\n${measuresTable(result.variants)}\n\n${processesTable(result.variants)}\n\n`);
  return {
    ...result,
    what: each.what,
    measuredAt: new Date().toISOString(),
    tookS: (performance.now() - start) / 1_000,
    machine,
  };
}

/** Stores results. Cases that were not measured keep their old ones. */
async function publishResults(measured: Readonly<Record<string, MeasuredCase>>): Promise<void> {
  const known = { ...readResults(files.results).cases, ...measured };
  const ordered = Object.fromEntries(cases.flatMap(({ name }) => (known[name] ? [[name, known[name]]] : [])));
  await writeResults(files.results, { cases: ordered });
  writeFileSync(files.chart, toChart(ordered));
  writeFileSync(files.document, await toDocument(readFileSync(files.template, 'utf8'), ordered));
}

function progressOf(name: string): (text: string) => void {
  const start = performance.now();
  return (text) => say(`${name} ${((performance.now() - start) / 1_000).toFixed(0)} s: ${text}`);
}

function isWholeRun({ lost, repeated }: { readonly lost: number; readonly repeated: number }): boolean {
  return lost + repeated === 0;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
