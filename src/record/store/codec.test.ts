import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAIN_POLICY, type Policy } from '../../core/model/policy.js';
import { compile } from '../../expr/index.js';
import { Recurrence } from '../../core/time/recurrence.js';
import { aPolicy, aRange, T0 } from '../../testing/builders.js';
import { firstDifference } from '../replay/difference.js';
import { decode, encode } from './codec.js';

const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, null, undefined, true, false),
    fc.bigInt(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$', 'v', '__proto__')), tie('value')),
    fc.array(fc.tuple(fc.string(), tie('value'))).map((entries) => new Map(entries)),
    fc.array(fc.string()).map((items) => new Set(items)),
  ),
})).value;

describe('values as text', () => {
  it('come back bit for bit, whatever they are made of', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(firstDifference(value, decode(encode(value)))).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [-0, 0],
    [{ a: undefined }, {}],
    [{ $: 'undefined' }, undefined],
    [Number.NaN, null],
    [new Map([['a', 1]]), { a: 1 }],
    [[1, undefined], [1]],
  ])('keep %o apart from %o', (value, other) => {
    expect(firstDifference(value, other)).not.toBeNull();
    expect(firstDifference(value, decode(encode(value)))).toBeNull();
  });

  it.each([
    [() => 1, 'a function cannot be recorded'],
    [new Date(0), 'a Date cannot be recorded'],
    [{ deep: [Symbol('x')] }, 'a symbol cannot be recorded'],
  ])('are refused when they are no data: %o', (value, message) => {
    expect(() => encode(value)).toThrow(message);
  });

  it('do not change what they were made from', () => {
    const value = Object.freeze({ a: Object.freeze([Number.NaN]), b: Object.freeze({ $: 1 }) });
    encode(value);
    expect(value).toEqual({ a: [Number.NaN], b: { $: 1 } });
  });
});

describe('an expression', () => {
  it('is compiled again, with names that it never reads', () => {
    const program = compile('true ? queue / 10 : other', {
      variables: ['queue', 'other', 'unused'],
      asFloat64: true,
    });
    const again = decode(encode({ program })) as { program: typeof program };
    expect(again.program.run({ queue: 25 })).toBe(2.5);
    expect(again.program.names).toEqual(['queue', 'other', 'unused']);
    expect([...again.program.variables]).toEqual([...program.variables]);
  });
});

const NIGHTS = new Recurrence({
  cron: '30 22 * * *',
  durationMs: 8 * 3_600_000,
  zone: 'Europe/Berlin',
});
const FALLBACK = { kind: 'fallback', afterMs: 1000, use: 'higher', count: 4 } as const;

/** Every field of a policy with a value that its default does not have, so that a field that is lost shows. */
const FULL: Policy = {
  ...PLAIN_POLICY,
  ...aPolicy({
    name: 'web',
    apps: { include: ['my-app-*'], exclude: ['my-app-2'] },
    group: { kind: 'named', name: 'worker' },
    created: aRange('queue / 10', 'queue / 5'),
    started: aRange('queue ?? 0'),
    initialState: 'stopped',
    regions: ['iad', 'ord'],
    volumes: 'create',
    releaseMaxAgeMs: 1.5,
    unreachableAfterMs: Infinity,
    caps: { maxMachinesPerApp: 7, maxCreatePerPass: 3, maxRemovePerPass: null },
    behavior: {
      scaleUp: {
        stabilizationWindowMs: 1000,
        tolerance: 0.1,
        cooldownMs: 2000,
        limits: [{ kind: 'percent', amount: 50, periodMs: 60_000 }],
        select: 'min',
      },
      scaleDown: {
        stabilizationWindowMs: 3000,
        tolerance: 0.2,
        cooldownMs: 0,
        limits: [],
        select: 'disabled',
      },
    },
    missing: { queue: { scaleUp: { kind: 'assume', value: 3 }, scaleDown: FALLBACK } },
    schedules: [
      {
        when: NIGHTS,
        created: { min: 2, max: null },
        started: { min: null, max: 9 },
        freeze: 'in',
      },
    ],
    budgets: [{ kind: 'percent', amount: 20, periodMs: 60_000, when: NIGHTS }],
    backoff: aRange('queue > 9 ? 1 : 0').min,
    regionLimits: { iad: { min: 1, max: 4 } },
    removal: { busyMetric: 'busy', drainTimeoutMs: 5000, scaleIn: 'suspend' },
    spare: 2,
    ownMetrics: new Map([['queue', 'web/queue']]),
  }),
};

describe('a schedule', () => {
  it('opens when it did', () => {
    const again = decode(encode(NIGHTS)) as Recurrence;
    for (let hour = 0; hour < 48; hour += 1) {
      const atMs = T0 + hour * 3_600_000;
      expect(again.stateAt(atMs)).toEqual(NIGHTS.stateAt(atMs));
    }
    expect(again.text).toBe('30 22 * * * for 8h, Europe/Berlin');
  });
});

describe('a policy', () => {
  it.each(Object.keys(FULL) as (keyof Policy)[])('keeps its %s', (field) => {
    const again = decode(encode(FULL)) as Policy;
    expect(firstDifference(FULL[field], again[field])).toBeNull();
  });

  it('is what it was for both of its counts', () => {
    const again = decode(encode(FULL)) as Policy;
    expect(firstDifference(FULL, again)).toBeNull();
    expect(again.created?.max.run({ queue: 50 })).toBe(10);
    expect(again.started?.min).toBe(again.started?.max);
    expect(again.created?.min).not.toBe(again.created?.max);
  });
});

describe('the first difference', () => {
  it.each([
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, 'a.b[1]'],
    [{ a: [1] }, { a: [1, 2] }, 'a.length'],
    [{ a: 1 }, { a: 1, b: undefined }, 'b'],
    [{ a: 1, b: 2 }, { a: 1 }, 'b'],
    [1, 2, ''],
    [new Map([['x', 1]]), new Map([['x', 2]]), '[0][1]'],
  ])('of %o and %o is at %s', (expected, actual, path) => {
    expect(firstDifference(expected, actual)?.path).toBe(path);
  });
});
