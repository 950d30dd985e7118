import { expect, it } from 'vitest';
import { FirstSeen } from './first-seen.js';
import type { AppSnapshot, MachineSnapshot } from './snapshots.js';

function seen(states: readonly string[], more: Partial<MachineSnapshot> = {}): AppSnapshot {
  const members = states.map((state, index) => ({
    id: `m${index}`,
    name: `m${index}`,
    group: 'app',
    state,
    region: 'fra',
    releaseId: undefined,
    isCordoned: false,
    mark: null,
    hasBlueGreenTag: false,
    isHealthy: true,
    isHostOk: true,
    isOdd: false,
    isKnown: true,
    isListed: true,
    unseenForMs: 0,
    backAtMs: 0,
    leaseOwner: null,
    ...more,
  }));
  return {
    atMs: 1000,
    firstAtMs: 1000,
    members,
    existing: members.length,
    living: members.map(({ id }) => id),
    release: null,
  };
}

it('knows what was there when a process looked first', () => {
  const first = new FirstSeen();
  first.note('one', seen(['started', 'started', 'stopped']), true);
  expect(first.of('one')).toEqual({ created: 3, started: 2 });
  expect(first.of('another')).toBeUndefined();
});

it('takes the lesser of the first list and the first decision, and nothing after them', () => {
  const first = new FirstSeen();
  first.note('one', seen(['started', 'started']), false);
  first.note('one', seen(['started']), false);
  first.note('one', seen(['started', 'stopped', 'stopped']), true);
  first.note('one', seen([]), true);
  expect(first.of('one')).toEqual({ created: 2, started: 1 });
});

it('counts no machine that was on its way out', () => {
  const first = new FirstSeen();
  first.note('one', seen(['started'], { mark: 'stop' }), true);
  first.note('other', seen(['started'], { mark: 'destroy' }), true);
  expect(first.of('one')).toEqual({ created: 1, started: 0 });
  expect(first.of('other')).toEqual({ created: 0, started: 0 });
});
