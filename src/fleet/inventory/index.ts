/** The view of machines that a screen is decided on. */
import { literalApps } from '../../core/model/policy.js';
import type { FleetOptions } from '../base/options.js';
import { SeenMachines } from './seen.js';
import type { Inventory } from './inventory.js';
import { OrgInventory } from './org.js';
import { OwnLists } from './own-lists.js';
import { PerAppInventory } from './per-app.js';

export type { Inventory } from './inventory.js';

/** Below so many apps, all of them named, their own lists cost less than the organization's. */
const FEW_APPS = 10;

export function createInventory(
  options: FleetOptions,
  seen: SeenMachines = new SeenMachines(options.clock),
): Inventory {
  const lists = new OwnLists(options);
  const org = orgOf(options);
  if (org === null) return new PerAppInventory(options, lists, seen);
  return new OrgInventory({ ...options, org, refreshMs: options.machineRefreshMs }, lists, seen);
}

/** The same for options whose inventories are alike. */
export function inventoryKey(options: FleetOptions): string {
  const org = orgOf(options);
  return org === null
    ? `${options.timeoutMs}`
    : `${options.timeoutMs} ${options.machineRefreshMs} ${org}`;
}

/** The organization whose list is asked; null: none. */
function orgOf({ org, machineList, policies }: FleetOptions): string | null {
  const named = policies.map(({ apps }) => literalApps(apps));
  const isFew = !named.includes(null) && new Set(named.flat()).size < FEW_APPS;
  return machineList === 'app' || (machineList === 'auto' && isFew) ? null : org;
}
