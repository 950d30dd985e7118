import { describe, expect, it } from 'vitest';
import {
  aHistory,
  createdOf,
  decideCase,
  detailOf,
  MINUTE_MS,
  NOW_MS,
} from '../../testing/behavior.js';
import { aRange, samples, T0 } from '../../testing/builders.js';
import type { MissingRule } from '../model/missing.js';
import type { Sample } from '../model/sample.js';

const HOLD: MissingRule = { kind: 'hold' };
const assume = (value: number): MissingRule => ({ kind: 'assume', value });
const fallback = (use: 'count' | 'current' | 'higher' | 'lower', count = 0): MissingRule => ({
  kind: 'fallback',
  afterMs: 3 * MINUTE_MS,
  use,
  count,
});

interface Missed {
  readonly current: number;
  readonly up?: MissingRule;
  readonly down?: MissingRule;
  readonly expression?: string;
  readonly missingForMs?: number;
  readonly other?: Sample | number;
  readonly name?: string;
  readonly queue?: Sample;
}

const LATE: Sample = { kind: 'error', code: 'source-timeout', message: 'late', atMs: T0 };
const SUSPECT: Sample = { kind: 'error', code: 'source-suspect', message: '9 of 20', atMs: T0 };

function decide({
  current,
  up = HOLD,
  down = HOLD,
  expression = 'queue / 10',
  missingForMs,
  other,
  name = 'queue',
  queue = LATE,
}: Missed) {
  return decideCase({
    current,
    wanted: 0,
    policy: {
      created: aRange(expression, undefined, ['queue', 'other']),
      missing: { [name]: { scaleUp: up, scaleDown: down } },
    },
    history: aHistory({
      missingSinceMs: missingForMs === undefined ? {} : { queue: NOW_MS - missingForMs },
    }),
    input: { samples: samples({ queue, ...(other === undefined ? {} : { other }) }) },
  });
}

describe('a metric without a value', () => {
  it.each<[string, Missed, string]>([
    ['holds', { current: 5 }, '5 -> 5'],
    [
      'is nil in the expression: it may grow and not shrink',
      { current: 5, expression: 'queue ?? 7' },
      '5 -> 7',
    ],
    [
      'is nil in the expression: it does not shrink',
      { current: 5, expression: 'queue ?? 2' },
      '5 -> 5',
    ],
    ['is assumed for growing', { current: 5, up: assume(80) }, '5 -> 8'],
    ['does not shrink on what is assumed for growing', { current: 5, up: assume(20) }, '5 -> 5'],
    ['is assumed for shrinking', { current: 5, down: assume(20) }, '5 -> 2'],
    ['does not grow on what is assumed for shrinking', { current: 5, down: assume(80) }, '5 -> 5'],
    [
      'grows when growing and shrinking disagree',
      { current: 5, up: assume(80), down: assume(20) },
      '5 -> 8',
    ],
    [
      'shrinks no further than growing would allow',
      { current: 5, up: assume(40), down: assume(20) },
      '5 -> 4',
    ],
    [
      'is taken for any metric that is not named',
      { current: 5, down: assume(20), name: '*' },
      '5 -> 2',
    ],
    [
      'does not shrink while another is missing that is read',
      {
        current: 5,
        down: assume(20),
        expression: '(queue + (other ?? 0)) / 10',
        other: { kind: 'empty', atMs: T0 },
      },
      '5 -> 5',
    ],
    [
      'shrinks with the value of another',
      { current: 5, down: assume(20), expression: '(queue + other) / 10', other: 10 },
      '5 -> 3',
    ],
    [
      'grows no further than what is assumed, whatever the expression says without',
      { current: 5, up: assume(50), expression: '(queue ?? 200) / 10' },
      '5 -> 5',
    ],
    [
      'holds above what is assumed, whatever the expression says without',
      { current: 6, up: assume(50), expression: '(queue ?? 200) / 10' },
      '6 -> 6',
    ],
    [
      'grows on what the expression says without where growing is to hold',
      { current: 5, expression: '(queue ?? 200) / 10' },
      '5 -> 20',
    ],
    [
      'waits before it falls back',
      { current: 5, up: fallback('count', 8), missingForMs: 3 * MINUTE_MS - 1 },
      '5 -> 5',
    ],
    [
      'falls back for growing',
      { current: 5, up: fallback('count', 8), missingForMs: 3 * MINUTE_MS },
      '5 -> 8',
    ],
    [
      'grows no further than its fallback, whatever the expression says without',
      {
        current: 8,
        up: fallback('count', 8),
        expression: '(queue ?? 200) / 10',
        missingForMs: 3 * MINUTE_MS,
      },
      '8 -> 8',
    ],
    [
      'does not shrink to a fallback for growing',
      { current: 5, up: fallback('count', 2), missingForMs: 3 * MINUTE_MS },
      '5 -> 5',
    ],
    [
      'falls back for shrinking',
      { current: 5, down: fallback('count', 2), missingForMs: 3 * MINUTE_MS },
      '5 -> 2',
    ],
    [
      'falls back to the current count',
      {
        current: 5,
        up: fallback('current'),
        down: fallback('current'),
        missingForMs: 3 * MINUTE_MS,
      },
      '5 -> 5',
    ],
    [
      'falls back to the higher of both',
      {
        current: 5,
        up: fallback('higher', 8),
        down: fallback('higher', 3),
        missingForMs: 3 * MINUTE_MS,
      },
      '5 -> 8',
    ],
    [
      'never shrinks to the higher of both',
      { current: 5, down: fallback('higher', 3), missingForMs: 3 * MINUTE_MS },
      '5 -> 5',
    ],
    [
      'falls back to the lower of both',
      { current: 5, down: fallback('lower', 3), missingForMs: 3 * MINUTE_MS },
      '5 -> 3',
    ],
    [
      'never falls back below one',
      { current: 5, down: fallback('count', 0), missingForMs: 3 * MINUTE_MS },
      '5 -> 1',
    ],
  ])('%s', (_name, missed, change) => {
    expect(createdOf(decide(missed))).toBe(change);
  });

  it.each<[string, Omit<Missed, 'current' | 'queue'>, string]>([
    ['is not assumed for shrinking', { down: assume(20) }, '5 -> 5'],
    ['is not assumed for shrinking by a rule for any', { down: assume(20), name: '*' }, '5 -> 5'],
    [
      'does not fall back for shrinking',
      { down: fallback('count', 2), missingForMs: 9 * MINUTE_MS },
      '5 -> 5',
    ],
    [
      'does not shrink with another that is assumed',
      {
        down: assume(20),
        name: '*',
        expression: '(queue + other) / 10',
        other: { kind: 'empty', atMs: T0 },
      },
      '5 -> 5',
    ],
    ['is assumed for growing', { up: assume(80), down: assume(20) }, '5 -> 8'],
    ['falls back for growing', { up: fallback('count', 8), missingForMs: 9 * MINUTE_MS }, '5 -> 8'],
  ])('whose source is suspect %s', (_name, missed, change) => {
    expect(createdOf(decide({ ...missed, current: 5, queue: SUSPECT }))).toBe(change);
  });

  it('says what stands in', () => {
    const proposal = decide({ current: 5, down: assume(20) });
    expect(detailOf(proposal, 'metric-error')).toBe('queue: late');
    expect(detailOf(proposal, 'metric-assumed')).toBe('queue: 20 for shrinking');
    expect(detailOf(proposal, 'expression-failed')).toBeUndefined();
    const fallen = decide({ current: 5, down: fallback('count', 2), missingForMs: 200_000 });
    expect(detailOf(fallen, 'metric-fallback')).toBe('queue: missing for 3m20s, 2 created');
  });

  it('still says that an expression fails when nothing stands in', () => {
    expect(
      detailOf(decide({ current: 5, up: fallback('count', 8) }), 'expression-failed'),
    ).toBeDefined();
  });
});
