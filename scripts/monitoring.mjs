// Alerts, scrape example and dashboard, checked with promtool: rules parse and fire as alerts.test.yml says, and so does
// every expression of the dashboard, each wrapped into a rule.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './prepare.mjs';

const PROMETHEUS = join(ROOT, 'deploy', 'prometheus');
const DASHBOARD = join(ROOT, 'deploy', 'grafana', 'assay.json');
/** What Grafana puts in before it asks. */
const VARIABLES = { $__rate_interval: '5m', $job: 'assay', $instance: '.*' };

const home = mkdtempSync(join(tmpdir(), 'assay-monitoring-'));
try {
  promtool('check', 'config', 'prometheus.yml');
  promtool('test', 'rules', 'alerts.test.yml');
  const rules = join(home, 'dashboard.json');
  writeFileSync(rules, JSON.stringify({ groups: [{ name: 'dashboard', rules: wrapExpressions() }] }));
  promtool('check', 'rules', rules);
  execFileSync('go', ['run', '-mod=readonly', '.', 'dashboard', DASHBOARD], {
    cwd: join(ROOT, 'deploy', 'check'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log('The dashboard is of Grafana’s own types.');
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** JSON is YAML: promtool reads a rule file of it. */
function wrapExpressions() {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8'));
  const targets = panels.flatMap(({ id, targets: all = [] }) =>
    all.map(({ refId, expr }) => [`${id}_${refId}`, expr]),
  );
  return targets.map(([name, expr]) => {
    const filled = Object.entries(VARIABLES).reduce((text, [from, to]) => text.replaceAll(from, to), expr);
    if (filled.includes('$')) throw new Error(`panel ${name} has a variable that is not known here: ${expr}`);
    return { record: `panel_${name}`, expr: filled };
  });
}

function promtool(...args) {
  execFileSync('promtool', args, { cwd: PROMETHEUS, stdio: ['ignore', 'inherit', 'inherit'] });
}
