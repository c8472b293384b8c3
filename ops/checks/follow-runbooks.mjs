// Provokes a fault for every alert on private servers, waits until the alert fires, reads what its runbook names, follows its
// instructions, and waits until the alert ends. Every minute of the rules is a second here. The runbooks show this output
// under "Seen". Without names all faults run in turn:
//   node ops/checks/follow-runbooks.mjs no-workers redis-away
import { createOutcome } from './outcome.mjs';
import { provocations } from './provocations.mjs';
import { openWatchedBus, until } from './watched-bus.mjs';

const outcome = createOutcome('Runbooks');
const named = process.argv.slice(2);
const chosen = named.length > 0 ? named : Object.keys(provocations);
const unknown = chosen.filter((name) => !(name in provocations));
if (unknown.length > 0) {
  console.error(`no fault ${unknown.join()}; the faults are ${Object.keys(provocations).join()}`);
  process.exit(2);
}
const tell = (what, seen) => console.log(`    ${what}: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`);
const secondsSince = (start) => ((performance.now() - start) / 1_000).toFixed(0);

const bus = await openWatchedBus({
  workers: 2,
  isQuick: true,
  // Short delays, because the check cannot wait hours for a retry.
  env: { RETRY_SCHEDULE: '5s,5s,30s' },
});
const names = async () => new Set((await bus.prometheus.firing()).map(({ labels }) => labels.alertname));
await bus.subscribe('steady');
const steady = bus.publish('steady', 50);
const allFired = [];
await until(async () => (await bus.prometheus.query('up == 1')).length === 5, {
  what: 'Prometheus to scrape all processes',
});
await until(async () => (await names()).size === 0, { what: 'no alert' });
try {
  for (const name of chosen) {
    const fault = provocations[name];
    console.log(name);
    const start = performance.now();
    try {
      await fault.provoke(bus);
      const fired = new Map();
      await until(
        async () => {
          for (const { labels, annotations } of await bus.prometheus.firing()) {
            const title = `${labels.alertname}: ${annotations.summary}`;
            if (fired.has(labels.alertname)) continue;
            fired.set(labels.alertname, title);
            tell(`fires after ${secondsSince(start)} s`, title);
          }
          return fault.alerts.every((alert) => fired.has(alert));
        },
        { what: fault.alerts.join(), timeoutMs: 120_000 },
      );
      allFired.push(...fault.alerts);
      await fault.look(bus, tell);
    } catch (error) {
      outcome.fault(`${name}: ${error.stack}`);
    }
    const repairStart = performance.now();
    try {
      await fault.repair(bus, tell);
      tell('repaired in s', secondsSince(repairStart));
      const gone = fault.resolves ?? fault.alerts;
      await until(
        async () => {
          const still = await names();
          return !gone.some((alert) => still.has(alert));
        },
        { what: `the end of ${gone.join()}`, timeoutMs: 120_000 },
      );
      tell('over after s', secondsSince(repairStart));
    } catch (error) {
      outcome.fault(`${name}: ${error.stack}`);
    }
  }
} finally {
  await steady.stop();
  await until(() => bus.receiver.count('/steady', steady.accepted).came === steady.accepted.size, {
    what: 'all events of the steady load',
    timeoutMs: 60_000,
  }).catch((error) => outcome.fault(error.message));
  tell('steady load', {
    accepted: steady.accepted.size,
    ...bus.receiver.count('/steady', steady.accepted),
    'lists by answer': steady.answers,
  });
  const memory = 'max by (job) (max_over_time(callbus_process_resident_memory_bytes[1h]))';
  tell('most memory', await bus.prometheus.query(memory));
  tell('exit codes', await bus.close());
  for (const { deaths } of [bus.ingest, bus.subscription, ...bus.workers])
    for (const death of deaths) outcome.fault(`unexpected exit: ${JSON.stringify(death)}`);
}
outcome.tell(`${new Set(allFired).size} alerts fired and ended after their runbooks were followed`);
process.exit();
