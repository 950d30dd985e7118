/**
 * Figures of the Kubernetes HPA's own tests, kubernetes/kubernetes pkg/controller/podautoscaler/horizontal_test.go at
 * 003e86297d18: TestConvertDesiredReplicasWithBehaviorRate and TestNormalizeDesiredReplicasWithBehavior. Where the HPA
 * bounds its result by minReplicas and maxReplicas, the expressions do it here.
 */
import { describe, expect, it } from 'vitest';
import {
  aBehavior,
  aCountHistory,
  aHistory,
  decideCase,
  MINUTE_MS,
  NOW_MS,
} from '../../testing/behavior.js';
import { aRange } from '../../testing/builders.js';
import type { StepLimit } from '../model/behavior.js';
import type { CountChange } from '../model/app-memory.js';

const SECOND_MS = 1000;

/** As generateScalingRules: pods and their period, percent and theirs; 0: no such rule. */
type Rules = readonly [pods: number, seconds: number, percent: number, seconds: number];

function limits([pods, podSeconds, percent, percentSeconds]: Rules): StepLimit[] {
  const rules: StepLimit[] = [];
  if (podSeconds > 0) {
    rules.push({ kind: 'machines', amount: pods, periodMs: podSeconds * SECOND_MS });
  }
  if (percentSeconds > 0) {
    rules.push({ kind: 'percent', amount: percent, periodMs: percentSeconds * SECOND_MS });
  }
  return rules;
}

/** As generateEventsUniformDistribution: spread over so many seconds until now. */
function events(counts: readonly number[], seconds: number, sign: 1 | -1): CountChange[] {
  const apartMs = (seconds * SECOND_MS) / counts.length;
  return counts.map((count, index) => ({
    atMs: NOW_MS - seconds * SECOND_MS + SECOND_MS + index * apartMs,
    change: sign * count,
  }));
}

interface Rate {
  readonly current: number;
  readonly desired: number;
  readonly min?: number;
  readonly max?: number;
  readonly up?: Rules;
  readonly down?: Rules;
  readonly added?: readonly number[];
  readonly removed?: readonly number[];
  readonly expected: number;
}

const RATES: readonly [string, Rate][] = [
  ['one pod a minute', { current: 3, desired: 1000, up: [1, 60, 0, 0], max: 2000, expected: 4 }],
  [
    '20 pods a minute fewer',
    { current: 1000, desired: 3, min: 3, max: 2000, down: [20, 60, 0, 0], expected: 980 },
  ],
  [
    'pods larger than percent',
    { current: 10, desired: 500, up: [100, 60, 100, 60], expected: 110 },
  ],
  ['percent larger than pods', { current: 10, desired: 500, up: [2, 60, 100, 60], expected: 20 }],
  ['large pods policy', { current: 10, desired: 50, up: [100, 60, 0, 0], expected: 50 }],
  ['pods policy limits', { current: 10, desired: 50, up: [30, 60, 0, 0], expected: 40 }],
  ['percent policy limits', { current: 10, desired: 50, up: [0, 0, 200, 60], expected: 30 }],
  ['down, pods larger', { current: 100, desired: 2, down: [20, 60, 1, 60], expected: 80 }],
  ['down, pods still larger', { current: 100, desired: 2, down: [2, 60, 1, 60], expected: 98 }],
  ['down to the minimum', { current: 10, desired: 0, down: [100, 60, 0, 0], expected: 1 }],
  [
    'down to a minimum of 5',
    { current: 10, desired: 2, min: 5, down: [0, 0, 100, 60], expected: 5 },
  ],
  ['down, pods policy limits', { current: 10, desired: 2, down: [5, 60, 0, 0], expected: 5 }],
  ['down, percent policy', { current: 10, desired: 5, down: [0, 0, 50, 60], expected: 5 }],
  [
    'up with events and a maximum',
    { current: 100, desired: 500, max: 200, up: [300, 60, 0, 0], added: [1, 5, 9], expected: 200 },
  ],
  [
    'up after too many events',
    { current: 100, desired: 500, up: [5, 120, 0, 0], added: [1, 5, 9], expected: 100 },
  ],
  [
    'up, pods and events',
    { current: 100, desired: 500, up: [150, 120, 0, 0], added: [1, 5, 9], expected: 235 },
  ],
  [
    'up, percent and events',
    { current: 100, desired: 500, up: [0, 0, 200, 120], added: [1, 5, 9], expected: 255 },
  ],
  [
    'up, percent and events both ways',
    { current: 6, desired: 24, up: [0, 0, 300, 300], added: [4], removed: [2], expected: 16 },
  ],
  ['down without rules, events', { current: 10, desired: 5, removed: [1, 5, 9], expected: 5 }],
  [
    'down, large pods policy, events',
    { current: 100, desired: 0, down: [115, 120, 0, 0], removed: [1, 5, 9], expected: 1 },
  ],
  [
    'down, pods policy after events',
    { current: 100, desired: 2, down: [5, 120, 0, 0], removed: [1, 5, 9], expected: 100 },
  ],
  [
    'down, percent after events',
    { current: 100, desired: 0, down: [0, 0, 50, 120], removed: [2, 4, 6], expected: 56 },
  ],
  [
    'down, percent, events both ways',
    { current: 10, desired: 1, down: [0, 0, 50, 180], added: [2], removed: [4], expected: 6 },
  ],
  [
    'down after too many events',
    { current: 100, desired: 0, down: [0, 0, 10, 120], removed: [10, 10, 10], expected: 100 },
  ],
  [
    'down by more than there are',
    { current: 10, desired: 5, down: [0, 0, 1000, 120], removed: [10, 10, 10], expected: 5 },
  ],
  [
    'up, events outdated',
    { current: 100, desired: 200, up: [1000, 60, 0, 0], added: [8, 12, 9, 11], expected: 200 },
  ],
  [
    'up, two policies',
    { current: 100, desired: 200, up: [1000, 30, 100, 60], added: [8, 12, 9, 11], expected: 200 },
  ],
  [
    'down, two policies',
    { current: 100, desired: 5, down: [1000, 30, 100, 60], removed: [8, 12, 9, 11], expected: 5 },
  ],
];

describe('rates of the HPA', () => {
  it.each(RATES)('%s', (_name, rate) => {
    const { current, desired, min = 1, max = 1000, up, down, added, removed, expected } = rate;
    const changes = [...events(added ?? [], 120, 1), ...events(removed ?? [], 120, -1)];
    const proposal = decideCase({
      current,
      wanted: desired,
      policy: {
        created: aRange(`max(${min}, min(${max}, queue))`),
        behavior: aBehavior({ limits: down ? limits(down) : [] }, { limits: up ? limits(up) : [] }),
      },
      history: aHistory({ created: aCountHistory({ changes }) }),
    });
    expect(proposal.created?.wanted).toBe(expected);
  });
});

interface Stabilized {
  readonly current: number;
  readonly desired: number;
  /** Recommendation and how many minutes ago it was; here it held until then. */
  readonly past: readonly (readonly [count: number, minutes: number])[];
  readonly upMinutes?: number;
  readonly downMinutes?: number;
  readonly expected: number;
}

const WINDOWS: readonly [string, Stabilized][] = [
  ['nothing before', { current: 100, desired: 5, past: [], expected: 5 }],
  [
    'down',
    {
      current: 100,
      desired: 3,
      past: [
        [4, 2],
        [5, 1],
      ],
      downMinutes: 3,
      expected: 5,
    },
  ],
  [
    'up',
    {
      current: 1,
      desired: 7,
      past: [
        [4, 2],
        [5, 1],
      ],
      upMinutes: 5,
      expected: 4,
    },
  ],
  [
    'down, a window for up only',
    {
      current: 100,
      desired: 3,
      past: [
        [1, 2],
        [2, 1],
      ],
      upMinutes: 5,
      expected: 3,
    },
  ],
  [
    'up, a window for down only',
    {
      current: 1,
      desired: 3,
      past: [
        [4, 2],
        [5, 1],
      ],
      downMinutes: 5,
      expected: 3,
    },
  ],
  [
    'down, no windows',
    {
      current: 100,
      desired: 3,
      past: [
        [10, 10],
        [9, 9],
      ],
      expected: 3,
    },
  ],
  [
    'up, no windows',
    {
      current: 1,
      desired: 100,
      past: [
        [10, 10],
        [9, 9],
      ],
      expected: 100,
    },
  ],
  [
    'down, some too old',
    {
      current: 100,
      desired: 3,
      past: [
        [10, 10],
        [9, 9],
        [5, 2],
        [4, 1],
      ],
      downMinutes: 3,
      expected: 5,
    },
  ],
];

describe('stabilization of the HPA', () => {
  it.each(WINDOWS)('%s', (_name, stabilized) => {
    const { current, desired, past, upMinutes = 0, downMinutes = 0, expected } = stabilized;
    const ended = past.map(([count, minutes]) => ({
      count,
      untilMs: NOW_MS - minutes * MINUTE_MS,
    }));
    // What a later one outdoes is not kept.
    const isExtreme = (index: number, is: (a: number, b: number) => boolean): boolean =>
      ended.slice(index + 1).every((later) => is(ended[index]!.count, later.count));
    const higher = ended.filter((_, index) => isExtreme(index, (a, b) => a > b));
    const lower = ended.filter((_, index) => isExtreme(index, (a, b) => a < b));
    const proposal = decideCase({
      current,
      wanted: desired,
      policy: {
        behavior: aBehavior(
          { stabilizationWindowMs: downMinutes * MINUTE_MS },
          { stabilizationWindowMs: upMinutes * MINUTE_MS },
        ),
      },
      history: aHistory({ created: aCountHistory({ higher, lower }) }),
    });
    expect(proposal.created?.wanted).toBe(expected);
  });
});
