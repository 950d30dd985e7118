/** How much is kept of each app and each machine between passes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../../src/seams/clock.js';
import type { Machine } from '../../src/core/model/machine.js';
import { OrgInventory } from '../../src/fleet/inventory/org.js';
import { OwnLists } from '../../src/fleet/inventory/own-lists.js';
import { aMachine } from '../../src/testing/builders.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';
import { createSmallFly } from '../../src/testing/small-fly.js';
import { rounded, type Row } from '../figures.js';

const APPS = 2000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** As Fly's answer gives them: every text a new one. */
function machinesOf(app: string, count: number): Machine[] {
  return Array.from({ length: count }, (_, i) => {
    const machine = aMachine({
      id: `${app}-${i}`.padStart(14, '0'),
      version: `01JX3ZQ1M9V5A6T7C8E9${app.slice(-6)}`,
      metadata: {
        fly_process_group: 'app',
        fly_release_id: `rel-${app}`,
        fly_release_version: '3',
      },
    });
    return JSON.parse(JSON.stringify(machine)) as Machine;
  });
}

/** Bytes that an inventory of so many machines in each app keeps, all apps together. */
async function keptBytes(machines: number): Promise<number> {
  const clock = createFakeClock();
  const fly = createSmallFly(clock);
  const names = Array.from({ length: APPS }, (_, i) => `my-app-${i}`);
  const recorder = { pass: () => undefined, fleet: () => undefined };
  const options = {
    fly: {
      ...fly,
      listMachines: (app: string) => Promise.resolve(machinesOf(app, machines)),
    },
    clock,
    random: seededRandom(1),
    recorder,
    org: 'my-org',
    timeoutMs: 1e6,
    refreshMs: 1e9,
  };
  const inventory = new OrgInventory(options, new OwnLists(options));
  const { signal } = new AbortController();
  const before = heapBytes();
  for (const name of names) await inventory.view(name, signal);
  const bytes = heapBytes() - before;
  if (inventory.knownMachines !== APPS * machines) throw new Error('not all were read');
  return bytes;
}

export async function memoryRows(): Promise<Row[]> {
  const few = await keptBytes(1);
  const many = await keptBytes(11);
  const perMachine = (many - few) / (10 * APPS);
  const perApp = few / APPS - perMachine;
  return [
    ['kept of each machine', `${rounded(perMachine)} bytes`],
    ['kept of each app, in the view of machines', `${rounded(perApp)} bytes`],
  ];
}
