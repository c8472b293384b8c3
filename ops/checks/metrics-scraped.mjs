// Checks that every series exists which a rule, a dashboard or an autoscaler queries. The services run on private servers with
// some successes and failures, a Prometheus scrapes them, and each selector is queried literally.
import { ask } from './nginx-gateway.mjs';
import { asked } from './expressions.mjs';
import { callbusMetrics, rabbitmqMetrics } from './metrics.mjs';
import { createOutcome } from './outcome.mjs';
import { openWatchedBus, until } from './watched-bus.mjs';

const outcome = createOutcome('Metrics');
const { expect } = outcome;

/** Labels that Kubernetes adds, and variables of Grafana. */
const isForeign = (matcher) => matcher.startsWith('namespace') || matcher.includes('$');
const selectors = new Map();
for (const { where, expr } of asked) {
  for (const [, name, matchers = ''] of expr.matchAll(/\b((?:callbus|rabbitmq)_\w+)(?:\{([^}]*)\})?/g)) {
    const own = (matchers.match(/\w+\s*(?:=~|!~|!=|=)\s*"[^"]*"/g) ?? []).filter((one) => !isForeign(one));
    selectors.set(`${name}{${own.join(',')}}`, where);
  }
}
for (const name of [...callbusMetrics, ...rabbitmqMetrics]) {
  if (![...selectors.keys()].some((selector) => selector.startsWith(`${name}{`)))
    selectors.set(`${name}{}`, 'metrics.mjs');
}

const bus = await openWatchedBus();
try {
  await bus.subscribe('taken');
  await bus.subscribe('refused', { max_attempts: 2 });
  bus.receiver.answerWith('/refused', () => ({ status: 500 }));
  const publishing = [bus.publish('taken', 20), bus.publish('refused', 20)];
  await until(async () => (await bus.prometheus.query('callbus_retries_total{tier="5s"} > 0')).length > 0, {
    what: 'a retry',
  });
  await Promise.all(publishing.map((one) => one.stop()));
  const isScraped = async () => (await bus.prometheus.query('rabbitmq_process_resident_memory_bytes')).length > 0;
  await until(isScraped, { what: 'a scrape of RabbitMQ' });
  // Some series appear only after a failure.
  await ask(bus.subscription.port, '/internal/subscriptions', {
    method: 'GET',
    headers: { Authorization: 'Bearer wrong' },
    body: '',
  });
  await bus.servers.rabbitmq.stop();
  await until(
    async () => {
      await ask(bus.ingest.port, '/api/publish', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ event_source: 'a', event_topic: 'b', event_type: 'c', event_status: '1', changes: [1] }),
      });
      const failed = 'callbus_http_request_duration_seconds_count{job="ingest",method="POST",status="503"}';
      return (await bus.prometheus.query(failed)).length > 0;
    },
    { what: 'a publish that fails' },
  );
  const isThere = async (selector) =>
    (await bus.prometheus.query(`count(last_over_time(${selector}[10m]))`)).length === 1;
  for (const [selector, where] of selectors)
    expect(await isThere(selector), `${where}: no process exposes ${selector}`);
  expect(!(await isThere('callbus_deliveries_total{outcome="unknown"}')), 'an unknown outcome is exposed');
  await bus.servers.rabbitmq.start();
} finally {
  const codes = await bus.close();
  expect(
    codes.every((code) => code === 0),
    `the services exit with ${codes.join()}`,
  );
}
outcome.tell(`${selectors.size} selectors of rules, dashboards and autoscalers, each with scraped series`);
process.exit();
