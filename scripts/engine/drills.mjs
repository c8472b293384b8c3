// The drills with containers: each returns a row of the table, or checks something by itself and adds its faults.
import { setTimeout as sleep } from 'node:timers/promises';
import { ownServices } from './installation.mjs';
import { stopSignal } from './run.mjs';
import { until } from './until.mjs';

const cutMs = 10_000;

/** Kills the process of a container, as the kernel would: the engine has to start it again. */
export async function killContainer({ engine, installation }, service) {
  const [container] = await installation.containers(service);
  const inspect = async (what) => Number(await engine.docker('inspect', '-f', `{{.${what}}}`, container));
  const restarts = await inspect('RestartCount');
  process.kill(await inspect('State.Pid'), 'SIGKILL');
  await until(async () => (await inspect('RestartCount')) > restarts, { what: `${service} to be started again` });
  await installation.waitHealthy(service);
}

/** Takes a container off the network for ten seconds. */
export async function cutContainer({ engine, installation }, service) {
  const [container] = await installation.containers(service);
  const network = `${installation.project}_bus`;
  await engine.docker('network', 'disconnect', network, container);
  try {
    await sleep(cutMs, undefined, { signal: stopSignal });
  } finally {
    await engine.cleanUp('network', 'connect', '--alias', service, network, container);
  }
  await installation.waitHealthy(service);
}

/** Leaves messages of the running version in every queue: the receivers fail, and nothing consumes. */
export async function fillQueues({ engine, installation, stage }) {
  await stage.subscribe('/late');
  const given = await stage.subscribe('/given-up', { max_attempts: 1 });
  const stop = async (service) => {
    for (const container of await installation.containers(service)) await engine.docker('stop', container);
  };
  return {
    /** Call it while events are published. Stops the consumer of undelivered deliveries and then, after some retries, the workers. */
    async fill() {
      await stage.answer('/late', 503);
      await stop('subscription');
      // Its first failures are undelivered. Later ones are parked, because its breaker opens.
      await stage.answer('/given-up', 503);
      await sleep(8_000, undefined, { signal: stopSignal });
      await stop('delivery');
      await sleep(6_000, undefined, { signal: stopSignal });
      await stage.answer('/late', 200);
      await stage.answer('/given-up', 200);
      const queues = await installation.queues();
      const held = Object.entries(queues).filter(([, messages]) => messages > 0);
      return Object.fromEntries(held);
    },
    async release() {
      // Undelivered deliveries are stored before they are sent again.
      await until(
        async () => {
          const { undelivered } = await installation.queues();
          return undelivered === 0;
        },
        { what: 'undelivered deliveries to be stored' },
      );
      await stage.call('POST', `/subscribe/0/2/${given}/undelivered/replay`, { all: true });
    },
  };
}

/** @returns what differs after a plain `docker compose up -d`, which has to change nothing */
export async function upAgain({ installation }) {
  const before = await installation.containers();
  await installation.compose('up', '-d', '--wait');
  const after = await installation.containers();
  return after.filter((id) => !before.includes(id)).concat(before.filter((id) => !after.includes(id)));
}

export const services = ['rabbitmq', 'postgres', 'redis', 'gateway', ...ownServices];
