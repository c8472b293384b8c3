import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '@callbus/runtime/config/read-config';
import axios from 'axios';
import Joi from 'joi';
import { createClosingStack } from '@callbus/start/closing-stack';
import { demoReceivers, openDemoReceivers } from './demo/demo-receivers.js';
import { createStoryLogger, say } from './demo/demo-story.js';
import { etcSample, eventListSample } from './demo/samples.js';
import { startStandalone } from './service.js';
import { standaloneSettings } from './settings.js';

const timeoutMs = 40_000;
const eventsPublished = 2;

interface Figures {
  readonly subscription_name: string;
  readonly statistics: { readonly total: number; readonly failure: number };
}

const searchSchema = Joi.object<{ data: { info: Figures[] } }>({
  data: Joi.object({
    info: Joi.array().items(
      Joi.object({
        subscription_name: Joi.string().required(),
        statistics: Joi.object({ total: Joi.number().required(), failure: Joi.number().required() }).required(),
      }),
    ),
  }).unknown(),
}).unknown();

/** @returns whether every receiver got every event, in exactly the attempts that it needs */
async function demonstrate(bus: string, receivers: string): Promise<boolean> {
  for (const { name, description, confirm } of demoReceivers) {
    await axios.post(`${bus}/api/v3/event/subscribe/0/2`, {
      subscription_name: name,
      callback_url: `${receivers}/${name}`,
      subscription_form: 'a.gs.cert.1,acs.oss.#',
      ...confirm,
    });
    say('subscribed', `${name}: ${description}`);
  }
  await axios.post(`${bus}/api/publish`, etcSample);
  say('accepted', 'an ETC notification, a.gs.cert.1');
  await axios.post(`${bus}/v1/event-bus/event/recv`, eventListSample);
  say('accepted', 'a list of one CloudEvent, acs.oss.oss.ObjectCreated.PutObject');

  const deadline = Date.now() + timeoutMs;
  let figures = await search(bus);
  while (!figures.every(isComplete) && Date.now() < deadline) {
    await sleep(100);
    figures = await search(bus);
  }
  for (const { subscription_name: name, statistics } of figures) {
    say('statistics', `${name}: total ${statistics.total}, failure ${statistics.failure}`);
  }
  return figures.length === demoReceivers.length && figures.every(isComplete);
}

async function search(bus: string): Promise<Figures[]> {
  const { data } = await axios.post<unknown>(`${bus}/api/v3/event/subscribe/search/0/2`, {
    fields: ['subscription_name', 'statistics'],
  });
  return Joi.attempt(data, searchSchema).data.info;
}

function isComplete({ subscription_name: name, statistics }: Figures): boolean {
  const attempts = demoReceivers.find((receiver) => receiver.name === name)?.attempts ?? 0;
  return statistics.total === eventsPublished * attempts && statistics.failure === eventsPublished * (attempts - 1);
}

const opened = createClosingStack();
try {
  say('starting', 'the three services in one process, on embedded defaults');
  const dataDir = await mkdtemp(join(tmpdir(), 'callbus-demo-'));
  opened.push(() => rm(dataDir, { recursive: true, force: true }));
  // PostgreSQL must be able to enter this folder, also when root runs the demo.
  await chmod(dataDir, 0o755);
  const env = { PORT: '0', CALLBUS_DATA_DIR: dataDir, RETRY_SCHEDULE: '1s,5s' };
  const bus = await startStandalone({
    config: readConfig(standaloneSettings, env),
    logger: createStoryLogger(),
    stopping: new AbortController().signal,
    show: () => undefined,
  });
  opened.push(() => bus.close());
  const receivers = await openDemoReceivers((name, attempt, answer) =>
    say('called', `${name}, attempt ${attempt}: it answers ${answer}`),
  );
  opened.push(() => receivers.close());

  const hasSucceeded = await demonstrate(bus.url, receivers.url);
  say('finished', hasSucceeded ? 'every subscriber got every event' : 'NOT every subscriber got every event');
  process.exitCode = hasSucceeded ? 0 : 1;
} finally {
  await opened.close();
}
