/**
 * Time to decide and plan for one app: with no rules but its counts, and with every rule there is. Run as it is compiled
 * for the program: what runs TypeScript as it is adds a call to each function that is made.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DecisionInput } from '../src/core/model/decision.js';
import { plan } from '../src/core/plan/plan.js';
import type { Policy } from '../src/core/model/policy.js';
import { propose } from '../src/core/decide/propose.js';
import { afterProposal } from '../src/core/memory/remember.js';
import { aBehavior, aRecurrence, aSchedule, HOUR_MS, MINUTE_MS } from '../src/testing/behavior.js';
import { anInput, aPolicy, aRange, machines, samples } from '../src/testing/builders.js';
import { rounded, type Row } from './figures.js';
import { EMPTY_MEMORY } from '../src/core/model/app-memory.js';

const MACHINES = 5;
const WARM_UP = 20_000;
const ROUNDS = 100_000;

const limits = [
  { kind: 'percent', amount: 100, periodMs: MINUTE_MS },
  { kind: 'machines', amount: 4, periodMs: MINUTE_MS },
] as const;

const EVERYTHING: Partial<Policy> = {
  behavior: aBehavior(
    { stabilizationWindowMs: 5 * MINUTE_MS, tolerance: 0.1, cooldownMs: MINUTE_MS, limits },
    { stabilizationWindowMs: MINUTE_MS, tolerance: 0.1, limits },
  ),
  missing: {
    queue: {
      scaleUp: { kind: 'assume', value: 50 },
      scaleDown: { kind: 'fallback', afterMs: 3 * MINUTE_MS, use: 'higher', count: 4 },
    },
  },
  schedules: [
    aSchedule({ created: { min: 2, max: null } }),
    aSchedule({ created: { min: null, max: 90 } }),
    aSchedule({ when: aRecurrence('0 5 * * 1-5', HOUR_MS, 'Europe/Berlin'), freeze: 'in' }),
  ],
  budgets: [
    { kind: 'percent', amount: 50, periodMs: HOUR_MS, when: null },
    { kind: 'machines', amount: 9, periodMs: HOUR_MS, when: aRecurrence('0 0 * * *', HOUR_MS) },
  ],
  backoff: aRange('queue > 1000 ? 1 : 0').min,
};

/** Microseconds of CPU for each decision; the load goes up and down by `swing` machines. */
function measure(rules: Partial<Policy>, swing: number): number {
  const policy = aPolicy({
    created: aRange('queue / 10'),
    started: aRange('queue / 10'),
    ...rules,
  });
  const look = { machines: machines(MACHINES) };
  let memory = EMPTY_MEMORY;
  const decide = (round: number): void => {
    const queue = 10 * (MACHINES + (swing === 0 ? 0 : ((round * 7) % (2 * swing + 1)) - swing));
    const elapsedMs = 1_000_000 + round * 15_000;
    const given = anInput({ policy, look, samples: samples({ queue }) });
    const now = { elapsedMs, wallMs: given.now.wallMs + (round % 200) * 15_000 };
    const input: DecisionInput = { ...given, memory, now };
    const proposal = propose(input);
    memory = afterProposal(memory, input, proposal);
    plan(input, proposal, () => 'fas-bench');
  };
  for (let round = 0; round < WARM_UP; round += 1) decide(round);
  const cpu = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) decide(WARM_UP + round);
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / ROUNDS;
}

type Microseconds = readonly [atRest: number, withChanges: number];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const both = (rules: Partial<Policy>): Microseconds => [measure(rules, 0), measure(rules, 2)];
  console.log(JSON.stringify([both({}), both(EVERYTHING)]));
}

/** Where tsconfig.bench.json has this file compiled to. */
const COMPILED = fileURLToPath(
  new URL('../node_modules/.cache/bench/bench/decide.js', import.meta.url),
);

export function decideRows(): Row[] {
  const { stdout } = spawnSync(process.execPath, [COMPILED], { encoding: 'utf8' });
  const [plain, every] = JSON.parse(stdout) as [Microseconds, Microseconds];
  const line = ([atRest, withChanges]: Microseconds): string =>
    `${rounded(atRest)} us at rest, ${rounded(withChanges)} us with changes`;
  const what = `decide and plan, ${MACHINES} machines, two counts`;
  return [
    [`${what}, no further rules (goal 5 us at rest)`, line(plain)],
    [`${what}, every rule (goal 20 us)`, line(every)],
  ];
}
