// Checks of an installation that are not drills. Each returns its faults.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './until.mjs';

/** The gateway's own errors are JSON and name the request. */
export async function checkErrors(url) {
  const faults = [];
  const large = 'x'.repeat(17 * 1024 * 1024);
  for (const [path, body, expected] of /** @type {const} */ ([
    ['/nowhere', '', 404],
    ['/cloudevents', large, 413],
    ['/api/publish', large, 413],
  ])) {
    const answer = await fetch(url + path, { method: 'POST', body, headers: { 'X-Request-Id': 'of-this-check' } });
    const text = await answer.text();
    if (answer.status !== expected) faults.push(`POST ${path}: ${answer.status} instead of ${expected}`);
    if (!text.startsWith('{') || !text.includes('"of-this-check"')) faults.push(`POST ${path}: ${text.slice(0, 200)}`);
  }
  return faults;
}

/** The gateway serves the description of all APIs, and the page that shows it. */
export async function checkDescription(url) {
  const answers = await Promise.all(
    ['/openapi.json', '/docs', '/docs/rapidoc-min.js', '/'].map((path) => fetch(url + path)),
  );
  const faults = answers.filter(({ ok }) => !ok).map((answer) => `GET ${answer.url}: ${answer.status}`);
  const { paths } = /** @type {{ paths: object }} */ (await answers[0].json());
  for (const path of ['/api/publish', '/api/v3/event/queues'])
    if (!(path in paths)) faults.push(`/openapi.json does not describe ${path}`);
  return faults;
}

/** When .env is lost, make-secrets.mjs must refuse to run: new secrets could not open the existing volumes. */
export function checkLostSecrets(installation) {
  return installation.without('.env', async () => {
    const told = await installation.makeSecrets().then(
      () => 'nothing',
      (error) => error.message,
    );
    if (existsSync(join(installation.folder, '.env'))) return ['make-secrets.mjs makes a new .env beside old volumes'];
    return told.includes('Put the old .env back') ? [] : [`make-secrets.mjs without .env tells: ${told}`];
  });
}

/** The health of a container is its readiness: ingest without its broker is not healthy. */
export async function checkReadiness({ engine, installation }) {
  const [broker] = await installation.containers('rabbitmq');
  const [ingest] = await installation.containers('ingest');
  const health = () => engine.docker('inspect', '-f', '{{.State.Health.Status}}', ingest);
  await engine.docker('pause', broker);
  try {
    await until(async () => (await health()).trim() === 'unhealthy', {
      what: 'ingest to be unhealthy',
      timeoutMs: 120_000,
    });
  } catch (error) {
    return [error.message];
  } finally {
    await engine.cleanUp('unpause', broker);
  }
  await installation.waitHealthy('ingest');
  return [];
}
