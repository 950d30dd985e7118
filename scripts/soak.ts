/** Simulates fleets in trouble from seed after seed, and says what came of it: `npm run soak -- --seeds 100 --hours 2`. */
import { parseArgs } from 'node:util';
import { runScenario } from '../test/simulation/run-scenario.js';

const USAGE = 'npm run soak -- [--seeds N] [--hours H] [--apps A] [--from-seed S]';

function numbers(): { seeds: number; hours: number; apps: number; fromSeed: number } {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '10' },
      hours: { type: 'string', default: '2' },
      apps: { type: 'string', default: '20' },
      'from-seed': { type: 'string', default: '1' },
    },
  });
  const positive = (name: keyof typeof values): number => {
    const number = Number(values[name]);
    if (!(number > 0)) throw new Error(`--${name} must be a number above zero. ${USAGE}`);
    return number;
  };
  return {
    seeds: positive('seeds'),
    hours: positive('hours'),
    apps: positive('apps'),
    fromSeed: positive('from-seed'),
  };
}

function add(sums: Map<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums.set(name, (sums.get(name) ?? 0) + count);
}

function listed(sums: ReadonlyMap<string, number>): string {
  const total = [...sums.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...sums].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
  return `${total} (${parts.join(', ')})`;
}

const { seeds, hours, apps, fromSeed } = numbers();
const troubles = new Map<string, number>();
const faults = new Map<string, number>();
const actions = new Map<string, number>();
let fleetHours = 0;
let violations = 0;
const beganMs = performance.now();
for (let seed = fromSeed; seed < fromSeed + seeds; seed += 1) {
  const result = await runScenario(seed, { hours, apps });
  fleetHours += result.stats.fleetHours;
  violations += result.violations.length;
  add(troubles, result.stats.troubles);
  add(faults, result.stats.faults);
  add(actions, result.stats.actions);
  if (result.violations.length > 0) console.log(`seed ${seed}:`);
  for (const violation of result.violations) console.log(`  ${violation}`);
}
const seconds = (performance.now() - beganMs) / 1000;
console.log(
  `fleet-hours simulated: ${fleetHours.toFixed(1)}, of ${apps} apps each, in ${seconds.toFixed(0)} s`,
);
console.log(`troubles: ${listed(troubles)}`);
console.log(`requests struck by a fault: ${listed(faults)}`);
console.log(`actions: ${listed(actions)}`);
console.log(`violations: ${violations}`);
process.exitCode = violations > 0 ? 1 : 0;
