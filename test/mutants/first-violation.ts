/** Runs the simulation seed by seed until a rule is broken, and prints which: `first-violation.ts 3 1 2 4`. */
import { runScenario } from '../simulation/run-scenario.js';

for (const seed of process.argv.slice(2).map(Number)) {
  const { violations } = await runScenario(seed, { mostViolations: 1 });
  const [first] = violations;
  if (first === undefined) continue;
  console.log(JSON.stringify({ seed, violation: first }));
  break;
}
