import type { Machine } from '../model/machine.js';
import { isGone } from './states.js';

/**
 * The machine whose lease stands for the whole app: the smallest id on a healthy host, read in full, not going away.
 * Every instance picks the same one, so holding its lease excludes the others. Null: nothing to lease.
 */
export function leaseMachine(machines: readonly Machine[]): Machine | null {
  let smallest: Machine | null = null;
  for (const machine of machines) {
    if (machine.hostStatus !== 'ok' || machine.unread !== undefined || isGone(machine)) continue;
    if (smallest === null || machine.id < smallest.id) smallest = machine;
  }
  return smallest;
}
