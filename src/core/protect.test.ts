import { expect, it } from 'vitest';
import { aMachine, T0 } from '../testing/builders.js';
import { isProtected } from './protect.js';

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
  expect(isProtected(machine, T0)).toBe(expected);
});

it('without the key nothing is protected', () => {
  expect(isProtected(aMachine(), T0)).toBe(false);
});
