// Scales as an autoscaler does: there is a backlog of 20,000 deliveries to a receiver that takes 100 ms; workers are added up to 1,
// 2 and 4, and then removed one by one with SIGTERM while the rest of the backlog drains. It needs the machine for itself:
//   node ops/checks/scaling.mjs
// The most that one worker does with such callbacks:
//   node ops/checks/scaling.mjs --workers 1 --subscriptions 2 --max-in-flight 256 --backlog 60000
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startProgram } from '../../bench/dist/processes/program.js';
import { subscribe } from '../../bench/dist/processes/subscribe.js';
import { startUsage } from '../../bench/dist/processes/usage.js';
import { createOutcome } from './outcome.mjs';
import { startPrivateServers } from './private-servers.mjs';
import { productionSettings, startService } from './services.mjs';

const outcome = createOutcome('Scaling');
const { expect } = outcome;
const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '1,2,4' },
    backlog: { type: 'string', default: '20000' },
    subscriptions: { type: 'string', default: '1' },
    // So few that the 100 ms of the receiver limit four workers, and not the two cores of a small machine.
    'max-in-flight': { type: 'string', default: '20' },
  },
});
const counts = values.workers.split(',').map(Number);
const backlog = Number(values.backlog);
const maxInFlight = Number(values['max-in-flight']);
const atLeast = { 2: 1.8, 4: 3.4 };
/** A new worker starts with few concurrent callbacks and makes more as they succeed. */
const warmUpMs = 4_000;
const windowMs = 6_000;
const betweenRemovalsMs = 3_000;
const idleMs = 10_000;

const servers = await startPrivateServers();
/** @type {import('../../bench/dist/processes/program.js').Program<import('../../bench/dist/programs/receiver.js').ReceiverCommands>} */
const receiver = startProgram('receiver');
/** @type {import('../../bench/dist/processes/program.js').Program<import('../../bench/dist/programs/queue.js').QueueCommands>} */
const queue = startProgram('queue');
const env = { ...productionSettings, ...servers.urls };
const subscription = await startService('subscription', env);
const workers = [];
const rates = {};
let received;
try {
  const receiverUrl = await receiver.ask('listen');
  const ids = await subscribe(
    subscription.url,
    Array.from({ length: Number(values.subscriptions) }, (_, index) => ({
      name: `slow ${index}`,
      callbackUrl: `${receiverUrl}/slow`,
      event: index,
      maxInFlight,
    })),
  );
  await queue.ask('fillDeliveries', {
    amqpUrl: servers.urls.AMQP_URL,
    prefix: 'callbus.',
    subscriptions: ids,
    events: backlog,
  });
  await receiver.ask('reset', { first: 0 });
  const distinct = async () => (await receiver.ask('received')).distinct;

  for (const count of counts) {
    while (workers.length < count)
      workers.push(await startService('delivery', { ...env, SUBSCRIPTION_URL: subscription.url }));
    await sleep(warmUpMs);
    const used = startUsage({ workers: workers.map((worker) => worker.child.pid) });
    const [before, start] = [await distinct(), performance.now()];
    await sleep(windowMs);
    const [after, end] = [await distinct(), performance.now()];
    const { cpuS, peakMiB } = used().workers;
    const seconds = (end - start) / 1_000;
    rates[count] = (after - before) / seconds;
    const ratio = rates[count] / rates[1];
    console.log(
      `  ${count} workers: ${rates[count].toFixed(0)} callbacks/s, ${ratio.toFixed(2)} times one; ` +
        `each ${((cpuS / seconds / count) * 1_000).toFixed(0)} m of a core, ${(peakMiB / count).toFixed(0)} MiB; ` +
        `${after} of ${backlog} done`,
    );
    expect(
      !(count in atLeast) || ratio >= atLeast[count],
      `${count} workers do only ${ratio.toFixed(2)} times as much as one`,
    );
  }

  while (workers.length > 1) {
    const start = performance.now();
    const code = await workers.pop().stop();
    const done = await distinct();
    console.log(
      `  one of ${workers.length + 1} stopped in ${((performance.now() - start) / 1_000).toFixed(1)} s; ${done} done`,
    );
    expect(code === 0, `a worker that is removed exits with ${code}`);
    expect(done < backlog, 'the backlog was drained before the workers were removed');
    await sleep(betweenRemovalsMs);
  }
  await receiver.ask('until', { distinct: backlog, idleMs });
  // Waits a moment longer for repeats.
  await sleep(1_000);
  received = await receiver.ask('received');
  expect(received.distinct === backlog, `${backlog - received.distinct} lost`);
  expect(received.repeated === 0, `${received.repeated} repeated`);
} finally {
  for (const one of [...workers, subscription]) expect((await one.stop()) === 0, `${one.name} does not exit with 0`);
  await Promise.all([receiver.stop(), queue.stop()]);
  await servers.remove();
}
const ratios = counts.map((count) => `${count}: ${(rates[count] / rates[1]).toFixed(2)}`).join(', ');
outcome.tell(
  `throughput of workers relative to one: ${ratios}; ` +
    `${received.distinct} delivered, ${received.repeated} repeated, ${counts[counts.length - 1] - 1} workers removed meanwhile`,
);
process.exit();
