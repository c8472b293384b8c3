import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Case, CaseResult } from './case.js';
import { deliver } from './cases/deliver.js';
import { endToEnd } from './cases/end-to-end.js';
import { isolation } from './cases/isolation.js';
import { latency } from './cases/latency.js';
import { publish, publishList } from './cases/publish.js';
import { soak } from './cases/soak.js';
import { subscriptions } from './cases/subscriptions.js';
import { workers } from './cases/workers.js';
import { dataDirectory, describeMachine, describeSettings } from './machine.js';
import { toChart } from './report/chart.js';
import { toDocument } from './report/document.js';
import { figuresTable, measuresTable, processesTable } from './report/tables.js';
import { readResults, writeResults, type MeasuredCase } from './results.js';
import { openStage, type Stage } from './stage.js';

const cases = [publish, publishList, deliver, endToEnd, latency, isolation, subscriptions, workers, soak];

const pathOf = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const files = {
  results: pathOf('docs/performance.json'),
  chart: pathOf('docs/performance.svg'),
  template: pathOf('bench/performance.template.md'),
  document: pathOf('docs/performance.md'),
};

/** `--quick`: a glance whether it works, in which the figures mean nothing and are not written down. */
const isQuick = process.argv.includes('--quick');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => !cases.some((each) => each.name === name));
if (unknown.length > 0) {
  say(`no case ${unknown.join(', ')}; there are ${cases.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
process.exitCode = await run(names.length === 0 ? cases : cases.filter(({ name }) => names.includes(name)));

/** @returns 1 when an event was lost or repeated */
async function run(chosen: readonly Case[]): Promise<number> {
  process.env['TMPDIR'] = dataDirectory();
  say(describeSettings());
  const stage = await openStage();
  process.once('SIGINT', () => void stage.close().then(() => process.exit(130)));
  const measured: Record<string, MeasuredCase> = {};
  try {
    const machine = await describeMachine(stage);
    say(machine);
    for (const each of chosen) {
      measured[each.name] = await runCase(stage, each, { machine, isAlone: chosen.length === 1 });
      // After each, so that a run that is broken off keeps what it has measured.
      if (!isQuick) await publishResults(measured);
    }
  } finally {
    await stage.close();
  }
  process.stdout.write(`\n${figuresTable(measured)}\n`);
  const isWhole = Object.values(measured).every((result) =>
    result.variants.every(({ lost, repeated }) => lost + repeated === 0),
  );
  if (!isWhole) say('events were lost or repeated');
  return isWhole ? 0 : 1;
}

async function runCase(
  stage: Stage,
  each: Case,
  { machine, isAlone }: { machine: string; isAlone: boolean },
): Promise<MeasuredCase> {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1_000;
  const options = {
    rounds: isQuick ? 1 : 3,
    share: isQuick ? 0.05 : 1,
    isAlone,
    progress: (text: string) => say(`${each.name} ${elapsed().toFixed(0)} s: ${text}`),
  };
  const result: CaseResult = await each.run(stage, options).finally(() => stage.stopAll());
  process.stdout.write(`\n${measuresTable(result.variants)}\n\n${processesTable(result.variants)}\n\n`);
  return { ...result, what: each.what, measuredAt: new Date().toISOString(), tookS: elapsed(), machine };
}

/** What was not measured this time stays as it was. */
async function publishResults(measured: Readonly<Record<string, MeasuredCase>>): Promise<void> {
  const known = { ...readResults(files.results).cases, ...measured };
  const ordered = Object.fromEntries(cases.flatMap(({ name }) => (known[name] ? [[name, known[name]]] : [])));
  await writeResults(files.results, { cases: ordered });
  writeFileSync(files.chart, toChart(ordered));
  writeFileSync(files.document, await toDocument(readFileSync(files.template, 'utf8'), ordered));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
