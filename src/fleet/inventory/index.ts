/** The view of machines that a screen is decided on. */
import { literalApps } from '../../core/policy.js';
import type { FleetOptions } from '../options.js';
import type { Inventory } from './inventory.js';
import { OrgInventory } from './org.js';
import { OwnLists } from './own-lists.js';
import { PerAppInventory } from './per-app.js';

export type { Inventory } from './inventory.js';

/** Below so many apps, all of them named, their own lists cost less than the organization's. */
const FEW_APPS = 10;

export function createInventory(options: FleetOptions): Inventory {
  const lists = new OwnLists(options);
  const { org, machineList, machineRefreshMs } = options;
  const named = options.policies.map(({ apps }) => literalApps(apps));
  const isFew = !named.includes(null) && new Set(named.flat()).size < FEW_APPS;
  if (org === null || machineList === 'app' || (machineList === 'auto' && isFew)) {
    return new PerAppInventory(lists);
  }
  return new OrgInventory({ ...options, org, refreshMs: machineRefreshMs }, lists);
}
