/** `stop-metric-prometheus-query`: a query of its own for the Prometheus that is configured anyway. */
import { loadCollector, type Collectors } from './collectors.js';
import type { CollectorKind } from './env.js';
import { scalar, type MapEntry, type Node } from './node.js';
import type { LoadContext } from './read.js';
import { STOP_METRIC } from './rules/removal.js';

export const STOP_QUERY_KEY = 'stop-metric-prometheus-query';
const KEY = STOP_QUERY_KEY;

/** What belongs to the other query, and not to the server. */
const OF_THE_QUERY: ReadonlySet<string> = new Set([
  'metric-name',
  'query',
  'app-label',
  'fleet-query',
  'series',
  'default',
  'max-age',
  'per',
  'instance-label',
]);

/** The collectors with one more: the first Prometheus collector's server, asked this query per instance. */
export function withStopMetric(
  collectors: Collectors,
  query: Node | undefined,
  kinds: readonly CollectorKind[],
  context: LoadContext,
): Collectors {
  if (query === undefined) return collectors;
  const kind = kinds.find(({ definition }) => definition.type === 'prometheus');
  const server = collectors.loaded.find(({ definition }) => definition === kind?.definition);
  if (kind === undefined || server === undefined) {
    if (collectors.isComplete)
      context.findings.add({
        key: KEY,
        message: 'needs a Prometheus collector, whose server it asks',
        hint: 'set FAS_PROMETHEUS_ADDRESS and what else that collector needs, or use busy-metric',
        place: query.place,
      });
    return collectors;
  }
  if (collectors.loaded.some(({ name }) => name === STOP_METRIC)) {
    context.findings.add({
      key: KEY,
      message: `its metric is named ${STOP_METRIC}, as that of another collector`,
      hint: 'give the other collector another metric-name',
      place: query.place,
    });
    return collectors;
  }
  const entry = (value: Node): MapEntry => ({ keyPlace: query.place, value });
  const entries = new Map([
    ...[...server.written.node.entries].filter(([key]) => !OF_THE_QUERY.has(key)),
    ['metric-name', entry(scalar(STOP_METRIC, query.place))],
    ['query', entry(query)],
    ['per', entry(scalar('instance', query.place))],
  ]);
  const collector = loadCollector(
    kind,
    {
      fields: kind.fields,
      node: { kind: 'map', entries, place: query.place },
      keyPrefix: `${KEY}.`,
      missingPlace: () => query.place,
      missingHint: (key) => `set ${key} of the Prometheus collector`,
    },
    context,
  );
  if (collector === undefined) return { ...collectors, isComplete: false };
  return { ...collectors, loaded: [...collectors.loaded, collector] };
}
