import { APP_METRICS, FLEET_METRICS, PER_APP_LIMIT, type MetricFamily } from './metric-table.js';

/** The text of docs/metrics.md. */
export function metricsDocs(): string {
  return `# Metrics

\`GET /metrics\` on the address that \`listen\` names (default \`:9090\`), in the Prometheus text format.
This page is written by \`npm run generate\`.

## The fleet

${table(FLEET_METRICS)}

## Single apps

Written from the last pass of each app. \`metrics-per-app\` (\`FAS_METRICS_PER_APP\`) says whether: \`on\`, \`off\`, or
\`auto\`, which leaves them out above ${PER_APP_LIMIT.toLocaleString('en')} apps.

${table(APP_METRICS)}
`;
}

function table(families: Readonly<Record<string, MetricFamily>>): string {
  const rows = Object.entries(families).map(([name, { type, help, labels }]) => {
    const shown = Object.entries(labels ?? {}).map(([label, values]) => `\`${label}\`: ${values}`);
    return `| \`${name}\` | ${type} | ${shown.join('; ')} | ${help} |`;
  });
  return ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
