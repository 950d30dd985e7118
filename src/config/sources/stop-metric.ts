/** `stop-metric-prometheus-query`: a query of its own for the Prometheus that is configured anyway. */
import { loadCollector, NO_COLLECTORS, type Collectors } from './collectors.js';
import type { CollectorKind } from '../read/env.js';
import type { Field } from '../base/field.js';
import type { Layer } from '../schema/layers.js';
import { scalar, type MapEntry, type Node } from '../yaml/node.js';
import type { Problem } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { STOP_METRIC } from '../rules/removal.js';
import { readSection } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';

export const STOP_QUERY_KEY = 'stop-metric-prometheus-query';

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

export interface StopMetricSource {
  /** Where the query may stand. */
  readonly layer: Layer;
  readonly fields: readonly Field[];
  readonly kinds: readonly CollectorKind[];
  /** Collectors whose server is asked where the own ones have none. Default none. */
  readonly beside?: Collectors;
}

/** The collectors with one more: the first Prometheus collector's server, asked this query per instance. */
export function withStopMetric(
  collectors: Collectors,
  { layer, fields, kinds, beside = NO_COLLECTORS }: StopMetricSource,
  context: LoadContext,
): Collectors {
  const query = queryIn(layer, fields, context);
  if (query === undefined) return collectors;
  const key = layer.keyOf(STOP_QUERY_KEY);
  const refuse = (problem: Pick<Problem, 'message' | 'hint'>): Collectors => {
    context.findings.add({ ...problem, key, place: query.place });
    return collectors;
  };
  const kind = kinds.find(({ definition }) => definition.type === 'prometheus');
  const server = [...collectors.loaded, ...beside.loaded].find(
    ({ definition }) => definition === kind?.definition,
  );
  if (kind === undefined || server === undefined) {
    if (!collectors.isComplete || !beside.isComplete) return collectors;
    return refuse({
      message: 'needs a Prometheus collector, whose server it asks',
      hint: 'set FAS_PROMETHEUS_ADDRESS and what else that collector needs, or use busy-metric',
    });
  }
  if (collectors.loaded.some(({ name }) => name === STOP_METRIC))
    return refuse({
      message: `its metric is named ${STOP_METRIC}, as that of another collector`,
      hint: 'give the other collector another metric-name',
    });
  const entry = (value: Node): MapEntry => ({ keyPlace: query.place, value });
  const entries = new Map([
    ...[...server.written.node.entries].filter(([name]) => !OF_THE_QUERY.has(name)),
    ['metric-name', entry(scalar(STOP_METRIC, query.place))],
    ['query', entry(query)],
    ['per', entry(scalar('instance', query.place))],
  ]);
  const collector = loadCollector(
    kind,
    {
      fields: kind.fields,
      node: { kind: 'map', entries, place: query.place },
      keyPrefix: `${key}.`,
      missingPlace: () => query.place,
      missingHint: (missing) => `set ${missing} of the Prometheus collector`,
    },
    context,
  );
  if (collector === undefined) return { ...collectors, isComplete: false };
  return { ...collectors, loaded: [...collectors.loaded, collector] };
}

/** As it was written: the collector that it becomes resolves what it refers to. Undefined: there is none. */
function queryIn(layer: Layer, fields: readonly Field[], context: LoadContext): Node | undefined {
  const field = fields.find(({ key }) => key === STOP_QUERY_KEY);
  const node = field && layer.written(field);
  if (field === undefined || node === undefined) return undefined;
  const { settings } = readSection<FlatSettings>(
    [field],
    {
      choose: () => node,
      missingPlace: () => node.place,
      keyOf: (key) => layer.keyOf(key),
    },
    context,
  );
  return settings[STOP_QUERY_KEY] === undefined ? undefined : node;
}
