import type { CollectorDocs } from '../../seams/schema.js';

export const prometheusDocs: CollectorDocs = {
  title: 'Prometheus',
  introduction:
    'The result of a query to Prometheus, VictoriaMetrics (which Fly runs), or anything else with their API.',
  expression: 'queue_depth / 10',
  env: {
    settings: {
      'metric-name': 'queue_depth',
      address: 'https://api.fly.io/prometheus/my-org',
      query: "sum(queue_depth{app='$APP_NAME'})",
      token: 'FlyV1 fm2_...',
    },
  },
  yaml: {
    settings: {
      'metric-name': 'queue_depth',
      address: 'https://api.fly.io/prometheus/my-org',
      query: "sum(queue_depth{app='$APP_NAME'})",
      token: '$FAS_PROMETHEUS_TOKEN',
      default: 0,
      'max-age': '2m',
    },
  },
  secretCommands: { token: 'fly tokens create readonly my-org' },
  notes: [
    '**Several series.** The first in label order is used, with a warning that names it. Aggregate in the query, or say `series: sum` (`max`, `min`, `avg`, or `error`).',
    '**Many apps.** A query with `$APP_NAME` is asked once for the whole fleet where that provably comes to the same; [fleet queries](fleet-queries.md) says when, and how to see it. `fleet-query: never` asks app by app, and `app-label` is for a query that groups by itself.',
    '**Freshness.** `nocache=1` is sent, because VictoriaMetrics otherwise answers as of 30 seconds ago. `nocache: false` turns that off.',
    '**`max-age`.** The time of an answer is the time of its evaluation, however old the data. So a second query asks for `timestamp()` of every series selector, and the newest sample of each must be young enough. A selector without any series says nothing about age: what that means is for `or vector(0)` or `default`. A value of data none of which tells its age is an error. The setting is refused for queries that hide the age of their data: with subqueries, `offset`, `@`, without any selector, or in MetricsQL that PromQL does not know.',
    '**Mistakes in the query** are found when the configuration is loaded, with line and column. What only VictoriaMetrics may understand is a warning.',
    '**Native histograms** are no numbers: reduce them (`histogram_quantile`, `histogram_count`, `histogram_sum`). An app whose series Prometheus dropped, and said so, has an error with its words, never the `default`. `ceil`, `clamp_min`, `sort` and their like drop histograms without a word: then the answer is empty.',
    '**NaN.** VictoriaMetrics leaves NaN out of its answers, so there `0 / 0` is empty.',
  ],
};
