// Runs tests on an engine that can pull no image. They must name each missing image, start their servers without it, and leave
// nothing behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nameImagesOfTests } from './base-images.mjs';
import { run } from './run.mjs';
import { until } from './until.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
/** A file that starts private servers, beside those of the run. */
const args = [...jest, 'libs/testing/test/private-servers'];

/** @returns the faults */
export async function checkTests({ engine, opened, tell }) {
  const faults = [];
  const containers = async () => (await engine.docker('ps', '-aq', '--filter', 'label=callbus.removal')).trim();
  const test = () =>
    run('sh', ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, ...args], { cwd: root, env: engine.env });

  const told = await test();
  for (const image of ['rabbitmq:4', 'postgres:17', 'redis:7'])
    if (!told.includes(`Docker cannot start ${image}`)) faults.push(`the tests do not name the missing image ${image}`);
  tell('tests pass without images, by another way');

  const images = await nameImagesOfTests({ engine, tell });
  opened.push(() => engine.cleanUp('rmi', ...images));
  if (((await test()).match(/\(in Docker\)/g) ?? []).length !== 3) faults.push('the tests do not use the images');
  tell('tests pass in containers');
  if ((await containers()) !== '') faults.push('the tests leave containers behind');

  const stopped = spawn(process.execPath, args, { cwd: root, env: engine.env, stdio: 'ignore', detached: true });
  const exited = once(stopped, 'exit');
  await until(async () => (await containers()).split('\n').length >= 3, { what: 'the containers of the tests' });
  process.kill(-Number(stopped.pid), 'SIGINT');
  await exited;
  await until(async () => (await containers()) === '', { what: 'the containers to be removed after Ctrl-C' }).catch(
    (error) => faults.push(error.message),
  );
  tell('tests that are stopped by Ctrl-C leave no container');
  return faults;
}
