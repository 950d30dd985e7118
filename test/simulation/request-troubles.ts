/** Requests that go wrong. */
import { FAULT_KINDS, type FaultKind, type FaultRule } from '../../src/simulator/index.js';
import { MINUTE_MS, SECOND_MS, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

/** What has troubles of its own is not drawn among the noise. */
const NOISE = FAULT_KINDS.filter((kind) => kind !== 'odd-entry' && kind !== 'gateway-page');
const METRIC_FAULTS: readonly FaultKind[] = ['empty-result', 'nan-result', 'partial-list'];
const SILENCES: readonly FaultKind[] = ['unavailable-before', 'reset-before', 'hung-before'];
const DOUBTS: readonly FaultKind[] = [
  'unavailable-after',
  'timeout-after',
  'reset-after',
  'hung-after',
  'non-json',
  'truncated',
];
const WRITES = [
  'create-machine',
  'start-machine',
  'stop-machine',
  'delete-machine',
  'patch-metadata',
  'cordon-machine',
  'acquire-lease',
] as const;

export const REQUEST_TROUBLES = {
  /** Some requests of every kind go wrong. */
  noise: {
    weight: 4,
    lengthMs: [20 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      for (let i = chance.whole(1, 3); i > 0; i -= 1) {
        rule(stage, {
          kind: chance.pick(NOISE),
          probability: chance.pick([0.05, 0.2, 0.6]),
          surface: chance.pick(['machines', 'machines', 'graphql', 'prometheus']),
        });
      }
    },
  },
  /** Answers of what changes something get lost. */
  doubt: {
    weight: 4,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      rule(stage, {
        kind: chance.pick(DOUBTS),
        probability: chance.pick([0.3, 0.7, 1]),
        surface: 'machines',
        action: chance.is(0.6) ? 'create-machine' : chance.pick(WRITES),
      });
    },
  },
  outage: {
    weight: 2,
    lengthMs: [30 * SECOND_MS, 4 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      const surface = chance.pick(['machines', 'graphql', 'prometheus'] as const);
      rule(stage, { kind: chance.pick(SILENCES), surface });
    },
  },
  'rate-limit': {
    weight: 1,
    lengthMs: [20 * SECOND_MS, 2 * MINUTE_MS],
    strike: (stage) => rule(stage, { kind: 'rate-limited', probability: 0.7, surface: 'machines' }),
  },
  'metric-fault': {
    weight: 4,
    lengthMs: [30 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      const probability = chance.pick([0.5, 1]);
      rule(stage, { kind: chance.pick(METRIC_FAULTS), probability, surface: 'prometheus' });
    },
  },
} satisfies TroubleDefinitions;

/** A rule that holds as long as the trouble, and until all trouble ends at the latest. */
function rule(stage: Stage, fault: Omit<FaultRule, 'fromMs' | 'untilMs'>): void {
  stage.sim.faults.add({ ...fault, fromMs: stage.atMs, untilMs: stage.untilMs });
}
