import { expect, it } from 'vitest';
import { aMachine } from '../../testing/builders.js';
import { leaseMachine } from './lease.js';

it('leases the smallest id of any group on a healthy host that is not going away', () => {
  const list = [
    aMachine({ id: 'd' }),
    aMachine({ id: 'c', state: 'stopped', metadata: { fly_process_group: 'web' } }),
    aMachine({ id: 'b', state: 'destroying' }),
    aMachine({ id: 'a', hostStatus: 'unknown' }),
    aMachine({ id: 'A', unread: 'region' }),
  ];
  expect(leaseMachine(list)?.id).toBe('c');
  expect(leaseMachine([])).toBeNull();
});

it('is the same machine in whatever order they are listed', () => {
  const list = ['m2', 'm1', 'm3'].map((id) => aMachine({ id }));
  expect(leaseMachine(list)?.id).toBe('m1');
  expect(leaseMachine(list.toReversed())?.id).toBe('m1');
});
