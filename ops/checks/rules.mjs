// Checks that alert rules, their tests, their runbooks and the dashboards agree. scripts/check-ops.sh runs promtool besides.
// With --write it updates the PrometheusRule of k8s/.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { asked, dashboards, groups, list, rules, shown } from './expressions.mjs';
import { callbusMetrics, rabbitmqMetrics } from './metrics.mjs';
import { createOutcome } from './outcome.mjs';
import { pathTo, read } from './repository.mjs';

const outcome = createOutcome('Rules and dashboards');
const { expect } = outcome;
const alerts = rules.filter((rule) => 'alert' in rule);

// Every alert has a test in which it fires, one in which it does not, a severity and a runbook.
const cases = list('ops/prometheus/tests', '.yml')
  .flatMap((name) => parse(read('ops/prometheus/tests', name)).tests)
  .flatMap((test) => test.alert_rule_test);
const runbooks = new Set(list('docs/runbooks', '.md'));
/** @returns the file of the runbook; empty when the URL does not begin with the one that installations replace */
const pageOf = ({ runbook_url: url }) => /^https:\/\/callbus\.example\.com\/docs\/runbooks\/(.*)$/.exec(url)?.[1] ?? '';
const sections = ['## What it means', '## What to look at', '## What to do', '## Seen'];
for (const { alert, labels, annotations } of alerts) {
  const own = cases.filter(({ alertname }) => alertname === alert);
  expect(
    own.some(({ exp_alerts: fired }) => fired?.length > 0),
    `${alert}: fires in no test`,
  );
  expect(
    own.some(({ exp_alerts: fired }) => fired === undefined || fired.length === 0),
    `${alert}: fires in every test`,
  );
  expect(['page', 'ticket'].includes(labels.severity), `${alert}: neither page nor ticket`);
  const page = pageOf(annotations);
  expect(runbooks.has(page), `${alert}: no runbook at ${annotations.runbook_url}`);
  if (!runbooks.has(page)) continue;
  const text = read('docs/runbooks', page);
  expect(text.includes(alert), `${page} does not name ${alert}`);
  for (const section of sections) expect(text.includes(section), `${page} has no "${section}"`);
}
const used = new Set(alerts.map(({ annotations }) => pageOf(annotations)));
for (const page of runbooks)
  expect(used.has(page) || page === 'README.md', `docs/runbooks/${page} belongs to no alert`);

// Every named metric is exposed.
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
const known = new Set([...callbusMetrics, ...rabbitmqMetrics, ...recorded, 'up']);
const named = new Set();
for (const { where, expr } of asked) {
  for (const [name] of expr.replaceAll(/"[^"]*"/g, '""').matchAll(/\b(callbus[_:]|rabbitmq_)[\w:]+/g)) {
    named.add(name);
    expect(known.has(name), `${where}: no process exposes ${name}`);
  }
}

// The queries of panels are valid, apart from Grafana's variables.
const place = mkdtempSync(join(tmpdir(), 'callbus-panels-'));
const panelRules = shown.map(({ expr }, index) => ({
  record: `panel:${index}`,
  expr: expr.replaceAll('$__rate_interval', '5m'),
}));
writeFileSync(join(place, 'panels.yml'), stringify({ groups: [{ name: 'panels', rules: panelRules }] }));
const promtool = spawnSync('promtool', ['check', 'rules', '--lint=none', join(place, 'panels.yml')], {
  encoding: 'utf8',
});
expect(promtool.status === 0, `invalid query of a panel: ${promtool.stderr}`);
rmSync(place, { recursive: true });
for (const [name, { uid, title, panels }] of dashboards) {
  expect(
    uid === `callbus-${name.replace('.json', '')}` && title.startsWith('Callbus: '),
    `${name}: unexpected uid or title`,
  );
  expect(new Set(panels.map(({ id }) => id)).size === panels.length, `${name}: duplicate id of a panel`);
}

// The PrometheusRule of Kubernetes has the same rules.
const generated = 'k8s/components/monitoring/prometheus-rule.yaml';
const manifest = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: { name: 'callbus' },
  spec: { groups },
};
const wanted = `# Generated from ops/prometheus/rules by: node ops/checks/rules.mjs --write\n${stringify(manifest, { lineWidth: 0 })}`;
if (process.argv.includes('--write')) writeFileSync(pathTo(generated), wanted);
expect(
  read(generated) === wanted,
  `${generated} differs from ops/prometheus/rules: run node ops/checks/rules.mjs --write`,
);

outcome.tell(
  `${alerts.length} alerts with tests and runbooks, ${shown.length} queries of panels, ${named.size} metrics named`,
);
