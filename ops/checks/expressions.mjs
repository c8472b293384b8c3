// All expressions that rules, dashboards and autoscalers ask Prometheus.
import { readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { pathTo, read } from './repository.mjs';

export const list = (folder, end) => readdirSync(pathTo(folder)).filter((name) => name.endsWith(end));

export const groups = list('ops/prometheus/rules', '.yml').flatMap(
  (name) => parse(read('ops/prometheus/rules', name)).groups,
);
export const rules = groups.flatMap((group) => group.rules);

/** The dashboards by file name. */
export const dashboards = list('ops/grafana/dashboards', '.json').map((name) => [
  name,
  JSON.parse(read('ops/grafana/dashboards', name)),
]);

/** The queries of panels, as `{ where, expr }`. */
export const shown = dashboards.flatMap(([name, { panels }]) =>
  panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: `${name}: ${title}`, expr }))),
);

const ofKeda = [...read('k8s/components/keda/prometheus/scaled-object.yaml').matchAll(/query: (.*)/g)].map(
  ([, expr]) => ({ where: 'KEDA', expr }),
);
const ofAdapter = [...read('ops/prometheus/adapter-rules.yml').matchAll(/seriesQuery: (.*)/g)].map(([, expr]) => ({
  where: 'the adapter',
  expr: expr.replaceAll("'", ''),
}));

export const asked = [
  ...rules.map(({ alert, record, expr }) => ({ where: alert ?? record, expr })),
  ...shown,
  ...ofKeda,
  ...ofAdapter,
];
