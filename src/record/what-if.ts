/** What another configuration would have decided on what was seen. */
import type { CountProposal, Counts, DecisionInput } from '../core/decision.js';
import { historyOf } from '../core/history.js';
import { NO_OVERRIDES, type Overrides } from '../core/overrides.js';
import { PolicyMatcher } from '../core/policy-match.js';
import { programsOf, type Policy } from '../core/policy.js';
import { propose } from '../core/propose.js';
import { COUNT_VARIABLES } from '../core/target.js';
import type { RecordedDecision } from '../views.js';

/** How one app would fare. Machines are compared decision by decision, with the counts as they were. */
export interface WhatIf {
  readonly app: string;
  readonly outcome: 'same' | 'differs' | 'not-enough-data';
  /** Decisions that could be compared. */
  readonly compared: number;
  /** Decisions without what the other configuration reads. */
  readonly skipped: number;
  /** Where the counts differ most; null when they never do. */
  readonly most: WhatIfDifference | null;
  /** Why decisions were skipped: metrics that were not collected. */
  readonly missing: readonly string[];
}

export interface WhatIfDifference {
  readonly machines: number;
  readonly atMs: number;
  readonly count: 'created' | 'started';
  /** What was wanted, and what would have been. */
  readonly was: number;
  readonly wouldBe: number;
}

interface Tally {
  compared: number;
  skipped: number;
  most: WhatIfDifference | null;
  readonly missing: Set<string>;
}

/** Takes decisions in any order; `results` tells of the apps in the order of their names. */
export class WhatIfs {
  readonly #matcher: PolicyMatcher;
  readonly #byApp = new Map<string, readonly Policy[]>();
  readonly #tallies = new Map<string, Tally>();

  constructor(policies: readonly Policy[], overrides: Overrides = NO_OVERRIDES) {
    // Apps whose decisions are recorded were not left out as its own.
    this.#matcher = new PolicyMatcher(policies, overrides, null);
  }

  add({ app, atMs, report }: RecordedDecision): void {
    const tally = this.#tally(app);
    const { input } = report;
    const policy = this.#policyFor(app, report.policy);
    if (input === null || policy === null) {
      tally.skipped += 1;
      if (policy === null) tally.missing.add('a policy for the app');
      return;
    }
    const missing = metricsOf(policy).filter((name) => !input.samples.has(name));
    if (missing.length > 0) {
      tally.skipped += 1;
      for (const name of missing) tally.missing.add(name);
      return;
    }
    tally.compared += 1;
    const was = propose(input);
    const wouldBe = propose(withPolicy(input, policy, was.counts));
    for (const count of ['created', 'started'] as const) {
      const found = difference(count, was[count], wouldBe[count], atMs);
      if (found !== null && found.machines > (tally.most?.machines ?? 0)) tally.most = found;
    }
  }

  results(): readonly WhatIf[] {
    const apps = [...this.#tallies].sort(([a], [b]) => (a < b ? -1 : 1));
    return apps.map(([app, { compared, skipped, most, missing }]) => ({
      app,
      outcome: compared === 0 ? 'not-enough-data' : most === null ? 'same' : 'differs',
      compared,
      skipped,
      most,
      missing: [...missing],
    }));
  }

  #tally(app: string): Tally {
    const known = this.#tallies.get(app);
    if (known !== undefined) return known;
    const tally: Tally = { compared: 0, skipped: 0, most: null, missing: new Set() };
    this.#tallies.set(app, tally);
    return tally;
  }

  /** The one of that name, else the first that is for the app and the same machines. */
  #policyFor(app: string, old: Policy): Policy | null {
    const own = this.#byApp.get(app) ?? this.#matcher.match(app).policies;
    this.#byApp.set(app, own);
    const group = JSON.stringify(old.group);
    return (
      own.find(({ name }) => name === old.name) ??
      own.find((policy) => JSON.stringify(policy.group) === group) ??
      null
    );
  }
}

/**
 * A policy of another name goes on with the history of the one that was in force. Where its rules look further back than
 * that was kept for, nothing is known to have happened: each decision by itself would otherwise begin carefully.
 */
function withPolicy(input: DecisionInput, policy: Policy, counts: Counts): DecisionInput {
  const history = historyOf(input, counts);
  if (history === null) return { ...input, policy };
  const histories = { ...input.memory.histories, [policy.name]: { ...history, kept: undefined } };
  return { ...input, policy, memory: { ...input.memory, histories } };
}

function metricsOf(policy: Policy): string[] {
  const known: readonly string[] = COUNT_VARIABLES;
  const names = new Set(programsOf(policy).flatMap((program) => [...program.variables]));
  return [...names].filter((name) => !known.includes(name));
}

function difference(
  count: 'created' | 'started',
  was: CountProposal | null,
  wouldBe: CountProposal | null,
  atMs: number,
): WhatIfDifference | null {
  const present = was?.current ?? wouldBe?.current;
  if (present === undefined) return null;
  // A count that a configuration says nothing of stays as it is.
  const [before, after] = [was?.wanted ?? present, wouldBe?.wanted ?? present];
  if (before === after) return null;
  return { machines: Math.abs(after - before), atMs, count, was: before, wouldBe: after };
}
