import { describe, expect, it } from 'vitest';
import { aMachine, T0 } from '../../testing/builders.js';
import { unnamedId } from '../model/machine.js';
import { noteProtects, protectionOf } from './protect.js';
import type { OldProtects } from '../model/app-memory.js';

const SECONDS = T0 / 1000;

it.each([
  ['true', true],
  ['TRUE', true],
  ['yes', true],
  [' true ', true],
  [String(SECONDS + 1), true],
  [`${SECONDS + 1}.5`, true],
  [String(SECONDS), false],
  [String(SECONDS - 1), false],
  ['0', false],
  [new Date(T0 + 1000).toISOString(), true],
  [new Date(T0).toISOString(), false],
  ['2026-06-01T02:00:01+02:00', true],
  ['2026-06-01T01:59:59+02:00', false],
  ['2026-06-01t00:00:01z', true],
  ['2026-06-01 00:00:01Z', true],
  ['', false],
  ['false', false],
  ['no', false],
  ['off', false],
  // What cannot be read was meant to protect.
  ['2026-06-01', true],
  ['until tuesday', true],
  ['2026-13-45T00:00:00Z', true],
])('fas-protect=%j protects: %j', (text, expected) => {
  const machine = aMachine({ metadata: { 'fas-protect': text } });
  expect(protectionOf(machine, T0, undefined)).toBe(expected ? 'own' : 'none');
});

it('without the key nothing is protected', () => {
  expect(protectionOf(aMachine(), T0, undefined)).toBe('none');
});

const ID = '3d8d413b29d089';
const OTHER = '4e9e524c30e190';

it.each([
  [ID, 'own'],
  [` ${ID} `, 'own'],
  [`${ID} ${SECONDS + 1}`, 'own'],
  [`${ID} ${SECONDS}`, 'none'],
  [`${ID} 2026-06-01T00:00:01Z`, 'own'],
  [`${ID},2026-06-01 00:00:00Z`, 'none'],
  [`${ID} until tuesday`, 'own'],
  [`${ID} false`, 'none'],
  // Whoever copied the machine copied the mark of the other one.
  [OTHER, 'inherited'],
  [`${OTHER} 2026-06-01T18:00:00Z`, 'inherited'],
])('of machine 3d8d413b29d089, fas-protect=%j is %s', (text, expected) => {
  const machine = aMachine({ id: ID, metadata: { 'fas-protect': text } });
  expect(protectionOf(machine, T0, undefined)).toBe(expected);
});

describe('a mark that names no machine', () => {
  const at = { wallMs: T0, elapsedMs: 0 };
  const protect = (value: string) => ({ metadata: { 'fas-protect': value } });
  const first = aMachine({ id: 'a', createdAtMs: T0 - 3_600_000, ...protect('true') });
  const plain = aMachine({ id: 'p', createdAtMs: T0 - 3_600_000 });
  const copy = aMachine({ id: 'b', createdAtMs: T0 - 5000, ...protect('true') });
  const before = noteProtects(undefined, [first, plain], at);
  const judged = (old: OldProtects | undefined, machine: typeof copy) =>
    protectionOf(machine, T0, old);

  it('protects no machine that came with it while we looked', () => {
    const after = noteProtects(before, [first, plain, copy], at);
    expect([first, copy].map((m) => judged(after, m))).toEqual(['own', 'inherited']);
    const later = noteProtects(after, [first, plain, copy], { ...at, wallMs: T0 + 3_600_000 });
    expect(judged(later, copy)).toBe('inherited');
    // Also when the first one is free again, or gone.
    expect(judged(noteProtects(later, [copy], at), copy)).toBe('inherited');
  });

  it('is what it was where it may be what cannot be read', () => {
    const odd = { hostStatus: 'unknown', unread: 'config', config: null } as const;
    const unread = (machine: typeof copy) => ({ ...machine, ...odd, metadata: {} });
    const after = noteProtects(before, [first, plain, copy], at);
    const later = noteProtects(after, [first, plain, unread(copy)], at);
    expect(judged(noteProtects(later, [first, plain, copy], at), copy)).toBe('inherited');
    // Nor does it matter whether the first one, or the new one itself, can be read for a while.
    const hidden = noteProtects(before, [unread(first), plain], at);
    expect(judged(noteProtects(hidden, [first, plain, copy], at), copy)).toBe('inherited');
    const young = noteProtects(before, [first, plain, unread(copy)], at);
    expect(judged(noteProtects(young, [first, plain, copy], at), copy)).toBe('inherited');
    expect(judged(noteProtects(young, [first, plain, copy], at), first)).toBe('own');
  });

  it('is nothing under the place that stands for an id that cannot be read', () => {
    const unnamed = { ...copy, id: unnamedId(1), unread: 'id' };
    const after = noteProtects(before, [first, plain, unnamed], at);
    expect(Object.keys(after?.known ?? {})).toEqual(['a', 'p']);
    expect(judged(noteProtects(after, [first, plain, copy], at), copy)).toBe('inherited');
  });

  it('protects once it is set anew', () => {
    const after = noteProtects(before, [first, plain, copy], at);
    const free = noteProtects(after, [first, plain, aMachine({ ...copy, metadata: {} })], at);
    expect(judged(free, aMachine({ ...copy, metadata: {} }))).toBe('none');
    expect(judged(noteProtects(free, [first, plain, copy], at), copy)).toBe('own');
    const timed = aMachine({ ...copy, ...protect('2026-06-01T18:00:00Z') });
    expect(judged(noteProtects(after, [first, plain, timed], at), timed)).toBe('own');
  });

  it.each<[string, readonly (typeof copy)[], Partial<typeof copy>]>([
    ['nobody saw its machine come', [], {}],
    ['its machine was there without it', [aMachine({ ...copy, metadata: {} })], {}],
    ['its machine is old, and was missing from a list', [], { createdAtMs: T0 - 120_000 }],
    ['it is ours, made without it', [], { name: 'fas-1' }],
    ['it stands in for another', [], {}],
    ['no other has the same', [], protect('yes')],
  ])('protects when in doubt: %s', (name, known, more) => {
    const metadata = {
      'fas-protect': 'true',
      'fas-launch-id': 'fas-1',
      ...(name.startsWith('it stands') ? { fly_bluegreen_deployment_tag: '1780000000' } : {}),
      ...more.metadata,
    };
    const machine = aMachine({ ...copy, ...more, metadata });
    const isFirstLook = name.startsWith('nobody');
    const old = isFirstLook ? undefined : noteProtects(undefined, [first, plain, ...known], at);
    expect(judged(noteProtects(old, [first, plain, machine], at), machine)).toBe('own');
  });
});
