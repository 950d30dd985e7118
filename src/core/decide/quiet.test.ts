import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aMachine, anInput, aPolicy, aRange, machines, samples } from '../../testing/builders.js';
import type { DecisionInput } from '../model/decision.js';
import type { Machine } from '../model/machine.js';
import { aCountHistory, aHistory } from '../../testing/behavior.js';
import { observe } from '../memory/memory.js';
import { propose } from './propose.js';
import { isAtRest, isTimeless } from './quiet.js';
import {
  type AppMemory,
  type CountHistory,
  EMPTY_MEMORY,
  type PolicyHistory,
} from '../model/app-memory.js';

const STATES = ['started', 'stopped', 'suspended', 'failed', 'created', 'starting', 'stopping'];

const anyMachine: fc.Arbitrary<Partial<Machine>> = fc.record({
  state: fc.constantFrom(...STATES),
  hostStatus: fc.constantFrom('ok', 'ok', 'ok', 'unreachable'),
  isCordoned: fc.boolean(),
});

const anyInput: fc.Arbitrary<DecisionInput> = fc
  .record({
    list: fc.array(anyMachine, { minLength: 0, maxLength: 4 }),
    value: fc.constantFrom(0, 5, 10, 20, 30, Number.NaN, null),
    kind: fc.constantFrom('created', 'started'),
    source: fc.constantFrom('queue / 10', 'queue ?? 10', '(now().Unix() % 2) + queue / 10'),
  })
  .map(({ list, value, kind, source }) => {
    const look = list.map((each, i) => aMachine({ id: `m${i}`, ...each }));
    const range = aRange(source);
    const policy = aPolicy(
      kind === 'created' ? { created: range } : { created: null, started: range },
    );
    return anInput({
      look: { machines: look, release: 'unread', volumes: 'unread' },
      policy,
      samples: samples(value === null ? {} : { queue: value }),
    });
  });

function decide(input: DecisionInput, laterMs: number): [DecisionInput, AppMemory] {
  const { now } = input;
  const later = { wallMs: now.wallMs + laterMs, elapsedMs: now.elapsedMs + laterMs };
  const memory = observe(input.memory, input.look.machines, later);
  return [{ ...input, now: later, memory }, memory];
}

describe('a decision that is called timeless', () => {
  it('comes out the same at any later time, and leaves nothing more to remember', () => {
    let timeless = 0;
    fc.assert(
      fc.property(anyInput, fc.nat(1_000_000), fc.nat(3_600_000), (given, firstMs, secondMs) => {
        const [input, memory] = decide(given, firstMs);
        const proposal = propose(input);
        if (!isTimeless(input.policy, proposal, memory)) return;
        timeless += 1;
        const [later, afterwards] = decide(input, secondMs);
        expect(propose(later)).toEqual(proposal);
        expect(afterwards).toEqual(memory);
      }),
      { numRuns: 3000 },
    );
    expect(timeless).toBeGreaterThan(100);
  });

  it.each([
    ['asks for the time', aRange('queue / 10 + now().Year() * 0')],
    ['has a value that wants more', aRange('queue / 5')],
  ])('is none that %s', (_, created) => {
    const input = anInput({
      look: { machines: machines(1) },
      policy: aPolicy({ created }),
      samples: samples({ queue: 10 }),
    });
    expect(isTimeless(input.policy, propose(input), EMPTY_MEMORY)).toBe(false);
  });

  it('is none while anything is remembered that ends, known here or not', () => {
    expect(isAtRest(EMPTY_MEMORY)).toBe(true);
    expect(isAtRest({ ...EMPTY_MEMORY, clockJumpedAtMs: 5 })).toBe(true);
    expect(isAtRest({ ...EMPTY_MEMORY, regionBackoff: { fra: 5 } })).toBe(false);
    expect(isAtRest({ ...EMPTY_MEMORY, replacedAtMs: [1] })).toBe(false);
    const newer = { ...EMPTY_MEMORY, whateverComesAtMs: 12 };
    expect(isAtRest(newer)).toBe(false);
  });

  it('may rest on a history in which nothing speaks against the newest recommendation', () => {
    const at = (created: Partial<CountHistory>, rest: Partial<PolicyHistory> = {}): AppMemory => ({
      ...EMPTY_MEMORY,
      histories: { web: aHistory({ created: aCountHistory(created), ...rest }) },
    });
    const recommended = { count: 3, sinceMs: 0 };
    expect(isAtRest(at({ recommended, changes: [{ atMs: 0, change: 1 }] }))).toBe(true);
    expect(isAtRest(at({ recommended, higher: [{ count: 4, untilMs: 5 }] }))).toBe(false);
    expect(isAtRest(at({ recommended, lower: [{ count: 1, untilMs: 5 }] }))).toBe(false);
    expect(isAtRest(at({ recommended }, { missingSinceMs: { queue: 1 } }))).toBe(false);
  });
});
