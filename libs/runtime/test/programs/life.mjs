// A service without work, as a process of its own. SCRIPT selects how it fails or stops.
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '@callbus/runtime/lifecycle/cannot-start';
import { runService } from '@callbus/runtime/lifecycle/run-service';
import { settings } from '@callbus/runtime/config/settings';

const script = process.env.SCRIPT;

await runService({
  name: 'life',
  settings: { LOG_LEVEL: settings.LOG_LEVEL },
  env: process.env,
  async start(_config, logger) {
    const alive = setInterval(() => undefined, 1_000);
    logger.info('started');
    if (script === 'cannot start') throw new CannotStart('port 80 is taken');
    if (script === 'talk') {
      for (let line = 0; line < 3_000; line += 1) logger.info({ line, text: 'x'.repeat(1_000) }, 'talk');
      setInterval(() => logger.info('still here'), 50).unref();
      process.stderr.write('alive\n');
    }
    if (script === 'throw') setTimeout(() => thrown());
    if (script === 'reject') void Promise.reject(new Error('an unhandled rejection'));
    return {
      async close(cut) {
        clearInterval(alive);
        if (script === 'fail to close') throw new Error('cannot close');
        if (script === 'take a moment') await sleep(300);
        if (script === 'wait for the cut') {
          await new Promise((resolve) => cut.addEventListener('abort', resolve));
          logger.info('handed back');
        }
      },
    };
  },
});

function thrown() {
  throw Object.assign(new Error('an uncaught exception'), { config: { headers: 'Bearer hunter2' } });
}
