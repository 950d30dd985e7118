/** Queries that people run with the original, and what becomes of each. */
import { expect, it } from 'vitest';
import { planQuery } from './plan.js';

const QUERIES: readonly string[] = [
  "sum(queue_depth{app='fly-autoscaler-metric'})",
  "sum(connection_count{app='$APP_NAME'})",
  "count(fly_instance_up{app='$APP_NAME'})",
  'sum(fly_app_concurrency{app="my-app"})',
  'sum(fly_app_concurrency{app="$APP_NAME"})',
  'sum(increase(fly_app_tcp_connects_count{app="$APP_NAME"}[1m])) or vector(0)',
  "sum(honcho_deriver_unprocessed_sessions{honcho_app_name='$APP_NAME'})",
];

const ways = QUERIES.map((query) => planQuery(query, 'my-app-.*').kind);
const once = ways.filter((way) => way !== 'refused').length;

it(`${once} of ${QUERIES.length} (${Math.round((100 * once) / QUERIES.length)} %) are asked once, whatever the number of apps`, () => {
  expect(ways).toEqual(['shared', 'fleet', 'fleet', 'shared', 'fleet', 'fleet', 'fleet']);
});
