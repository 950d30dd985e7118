/** Which machines go, how they are let go, and how many are kept ready. */
import { z } from 'zod';
import type { RemovalRules } from '../../core/model/removal-rules.js';
import { duration, setting } from '../../seams/schema.js';
import type { Metrics } from '../read/expression.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';

const DRAIN_TIMEOUT_MS = 600_000;
/** The name of the metric that `stop-metric-prometheus-query` gives. */
export const STOP_METRIC = 'stop_metric';

export const removalShape = {
  'busy-metric': setting(z.string().trim().min(1).optional(), {
    description:
      'A metric with one value per instance (`per: instance`): what each machine is busy with. The least busy running machine is taken first, and one of which nothing is known last.',
    example: 'busy',
  }),
  'drain-timeout': setting(duration({ allowZero: true }).optional(), {
    description:
      'With `busy-metric`: how long a machine that is to go is waited for at most, cordoned, until it is busy with nothing. One of which nothing is known counts as busy. `0s` waits for none.',
    example: '30m',
    defaultText: '10m',
  }),
  'stop-metric-prometheus-query': setting(z.string().trim().min(1).optional(), {
    description:
      'Another way to say `busy-metric`: a query for the server of the first Prometheus collector (for a policy the first of its own, if it has any), with one series per instance. Machines are not waited for unless `drain-timeout` is set.',
    isPerApp: true,
    example: "sum by (instance) (fly_app_concurrency{app='$APP_NAME'})",
  }),
  'scale-in': setting(z.enum(['stop', 'suspend']).optional(), {
    description:
      'What a started count does with running machines that are too many. Those that Fly cannot suspend (more than 2 GB of memory, swap, a GPU) are stopped. A created count always destroys.',
    example: 'suspend',
    defaultText: 'stop',
  }),
  spare: setting(z.number().int().min(0).optional(), {
    description:
      'So many machines exist beside those that the started count wants, stopped or suspended and ready to start. Takes the place of a created count.',
    example: '2',
  }),
};

/** The values that the fields of the shape give. */
export interface RemovalSettings {
  readonly 'busy-metric'?: string | undefined;
  readonly 'drain-timeout'?: number | undefined;
  readonly 'stop-metric-prometheus-query'?: string | undefined;
  readonly 'scale-in'?: 'stop' | 'suspend' | undefined;
  readonly spare?: number | undefined;
}

/** What the settings give a policy. */
export function removalRules(settings: RemovalSettings): RemovalRules {
  const isOrderOnly = settings['busy-metric'] === undefined;
  return {
    busyMetric: busyMetricOf(settings),
    drainTimeoutMs: settings['drain-timeout'] ?? (isOrderOnly ? 0 : DRAIN_TIMEOUT_MS),
    scaleIn: settings['scale-in'] ?? 'stop',
  };
}

function busyMetricOf(settings: RemovalSettings): string | null {
  const isQueried = settings['stop-metric-prometheus-query'] !== undefined;
  return settings['busy-metric'] ?? (isQueried ? STOP_METRIC : null);
}

export interface RemovalGrounds {
  /** Those of the created and the started count that are given, or that were refused. */
  readonly createdKey: string | undefined;
  readonly startedKey: string | undefined;
  readonly metrics: Metrics;
  readonly placeOf: (key: string) => Place | undefined;
  /** Both as in `Section`. */
  readonly keyOf: (key: string) => string;
  readonly rankOf: (key: string) => number;
}

/** Settings that contradict each other, or name a metric that cannot serve. */
export function checkRemoval(
  settings: RemovalSettings,
  grounds: RemovalGrounds,
  context: LoadContext,
): void {
  checkCounts(settings, grounds, context);
  checkMetric(settings, grounds, context);
}

function checkCounts(
  settings: RemovalSettings,
  { createdKey, startedKey, placeOf, keyOf, rankOf }: RemovalGrounds,
  { findings }: LoadContext,
): void {
  for (const key of ['scale-in', 'spare'] as const) {
    const place = placeOf(key);
    if (place === undefined || settings[key] === undefined) continue;
    if (createdKey !== undefined) {
      const hint =
        key === 'spare'
          ? `remove one of them: with spare, as many are created as run and ${settings.spare} more`
          : 'remove one of them: a created count destroys what is too many';
      // Such as an override that brings the count: the policy was right without it.
      const countPlace = rankOf(createdKey) > rankOf(key) ? placeOf(createdKey) : undefined;
      const [later, earlier] = countPlace === undefined ? [key, createdKey] : [createdKey, key];
      const message = `cannot be given together with ${earlier}`;
      findings.add({ key: keyOf(later), message, hint, place: countPlace ?? place });
    } else if (startedKey === undefined) {
      const message = 'needs a started count';
      findings.add({ key, message, hint: 'set started-machine-count too', place });
    }
  }
}

function checkMetric(
  settings: RemovalSettings,
  { metrics, placeOf }: RemovalGrounds,
  { findings }: LoadContext,
): void {
  const name = settings['busy-metric'];
  const place = placeOf('busy-metric');
  const queryPlace = placeOf('stop-metric-prometheus-query');
  if (name !== undefined && queryPlace !== undefined)
    findings.add({
      key: 'stop-metric-prometheus-query',
      message: 'cannot be given together with busy-metric: both say what machines are busy with',
      hint: 'remove one of them',
      place: queryPlace,
    });
  const timeoutPlace = placeOf('drain-timeout');
  if (timeoutPlace !== undefined && name === undefined && queryPlace === undefined)
    findings.warn({
      key: 'drain-timeout',
      message: 'has no effect without a busy-metric: no machine is waited for',
      hint: 'set busy-metric to a metric with per: instance, or remove drain-timeout',
      place: timeoutPlace,
    });
  if (name === undefined || place === undefined || metrics.perInstance.includes(name)) return;
  const known = metrics.names.includes(name);
  if (!known && !metrics.isComplete) return;
  findings.add({
    key: 'busy-metric',
    message: known
      ? `the metric ${name} has one value, not one per instance`
      : `no collector gives the metric ${name}`,
    hint: known
      ? `add per: instance to the collector of ${name}`
      : `add a collector with metric-name ${name} and per: instance`,
    place,
  });
}
