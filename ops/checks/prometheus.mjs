// Starts a private Prometheus with the rules of this repository. A check sets its targets.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { endWithThisProcess } from '../../libs/testing/dist/processes/end-with-this-process.js';
import { freePort } from './nginx-gateway.mjs';
import { pathTo, read } from './repository.mjs';

/** Turns minutes into seconds: in windows, in waits before an alert fires, and in the age of a message that is too old. */
const quicken = (text) =>
  text
    .replaceAll(/(\[|\bfor: )(\d+)([mhd])\b/g, (_, before, count, unit) => {
      return `${before}${Number(count) * { m: 1, h: 60, d: 24 * 60 }[unit]}s`;
    })
    .replace(/(callbus:queue_oldest_message_age_seconds\{[^}]*\} > )300\b/, '$15');

/** @param isQuick turns every minute of the rules into a second */
export async function startPrometheus({ isQuick = false } = {}) {
  const place = mkdtempSync(join(tmpdir(), 'callbus-prometheus-'));
  mkdirSync(join(place, 'rules'));
  for (const name of readdirSync(pathTo('ops/prometheus/rules'))) {
    const text = read('ops/prometheus/rules', name);
    writeFileSync(join(place, 'rules', name), isQuick ? quicken(text) : text);
  }
  const jobs = parse(read('ops/prometheus/prometheus.yml')).scrape_configs.map(({ job_name }) => job_name);
  const port = await freePort();
  writeFileSync(
    join(place, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [`${place}/rules/*.yml`],
      scrape_configs: jobs.map((job) => ({
        job_name: job,
        file_sd_configs: [{ files: [`${place}/${job}.json`], refresh_interval: '1s' }],
      })),
    }),
  );
  for (const job of jobs) writeFileSync(join(place, `${job}.json`), '[]');
  const args = [
    `--config.file=${place}/prometheus.yml`,
    `--storage.tsdb.path=${place}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  endWithThisProcess(child);
  const exited = once(child, 'exit');
  const get = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return /** @type {any} */ (await answer.json()).data;
  };
  for (let tries = 0; ; tries += 1) {
    if (child.exitCode !== null || tries === 200) throw new Error('Prometheus does not start');
    const answer = await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => undefined);
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  return {
    /** Scrapes these ports of this machine from now on. */
    watch(job, ports) {
      const file = join(place, `${job}.json`);
      writeFileSync(`${file}.new`, JSON.stringify([{ targets: ports.map((each) => `127.0.0.1:${each}`) }]));
      // Renamed, because Prometheus may read the file at any moment.
      renameSync(`${file}.new`, file);
    },
    /** @returns the series as `{ metric, value }`, with numbers as values */
    query: async (expr) =>
      (await get(`query?query=${encodeURIComponent(expr)}`)).result.map(({ metric, value }) => ({
        metric,
        value: Number(value[1]),
      })),
    /** @returns the firing alerts as `{ labels, annotations }` */
    firing: async () => (await get('alerts')).alerts.filter(({ state }) => state === 'firing'),
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(place, { recursive: true });
    },
  };
}
