/** What another configuration would have decided on what was seen. */
import type { CountProposal, Counts, DecisionInput, Proposal } from '../../core/model/decision.js';
import { historyOf, horizonsOf, type Horizons } from '../../core/memory/history.js';
import { NO_OVERRIDES, type Overrides } from '../../core/model/overrides.js';
import { PolicyMatcher } from '../../core/model/policy-match.js';
import {
  programsOf,
  sharesMachines,
  type GroupSelector,
  type Policy,
} from '../../core/model/policy.js';
import { propose } from '../../core/decide/propose.js';
import { COUNT_VARIABLES } from '../../core/target/target.js';
import type { RecordedDecision } from '../../seams/views.js';

/** How one app would fare. Machines are compared decision by decision, with the counts as they were. */
export interface WhatIf {
  readonly app: string;
  /**
   * `no-policy`: the other configuration has none for the app. `not-enough-data`: no difference was found, and of one
   * policy or more nothing could be compared.
   */
  readonly outcome: 'same' | 'differs' | 'not-enough-data' | 'no-policy';
  /** Decisions of the other configuration that could be compared. */
  readonly compared: number;
  /** Decisions that could not. */
  readonly skipped: number;
  /** Where the counts differ most; null when they never do. */
  readonly most: WhatIfDifference | null;
  /** Why decisions were skipped: metrics that were not collected, or in words. */
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

/** One app under the other configuration. */
interface Trial {
  readonly policies: readonly Policy[];
  /** By policy of the other configuration: compared with the one that had its machines. */
  readonly replacing: Map<Policy, Tally>;
  /** The same as if none had had them; it counts for policies that replace none. */
  readonly added: Map<Policy, Tally>;
  /** By name of a policy whose machines are left to none now. */
  readonly dropped: Map<string, Tally>;
}

/** Takes decisions in any order; `results` tells of the apps in the order of their names. */
export class WhatIfs {
  readonly #matcher: PolicyMatcher;
  readonly #trials = new Map<string, Trial>();

  constructor(policies: readonly Policy[], overrides: Overrides = NO_OVERRIDES) {
    // Apps whose decisions are recorded were not left out as its own.
    this.#matcher = new PolicyMatcher(policies, overrides, null);
  }

  add({ app, atMs, report }: RecordedDecision): void {
    const { input, policy: old } = report;
    const { policies, replacing, added, dropped } = this.#trial(app);
    const heir = policies.find(({ group }) => takesSame(group, old.group));
    if (heir === undefined) {
      skip(tallyOf(dropped, old.name), [`the new configuration has no policy ${old.name}`]);
    } else {
      const tally = tallyOf(replacing, heir);
      const lacking = input === null ? [] : lackedBy(heir, input, horizonsOf(old));
      if (input === null || lacking.length > 0) skip(tally, lacking);
      else {
        const was = propose(input);
        compare(tally, was, propose(withPolicy(input, heir, was.counts)), atMs);
      }
    }
    if (input === null) return;
    for (const policy of policies) {
      if (policy === heir) continue;
      const tally = tallyOf(added, policy);
      const isBlind =
        sharesMachines(policy.group, old.group) || lackedBy(policy, input, null).length > 0;
      if (isBlind) skip(tally, [`policy ${policy.name} is new`]);
      else compare(tally, null, propose({ ...input, policy }), atMs);
    }
  }

  results(): readonly WhatIf[] {
    const apps = [...this.#trials].sort(([a], [b]) => (a < b ? -1 : 1));
    return apps.map(([app, trial]) => resultOf(app, trial));
  }

  #trial(app: string): Trial {
    const known = this.#trials.get(app);
    if (known !== undefined) return known;
    const { policies } = this.#matcher.match(app);
    const trial = { policies, replacing: new Map(), added: new Map(), dropped: new Map() };
    this.#trials.set(app, trial);
    return trial;
  }
}

function resultOf(app: string, { policies, replacing, added, dropped }: Trial): WhatIf {
  const isNew = ([policy]: readonly [Policy, Tally]): boolean => !replacing.has(policy);
  const tallies = [
    ...replacing.values(),
    ...[...added].filter(isNew).map(([, tally]) => tally),
    ...dropped.values(),
  ];
  const [most = null] = tallies
    .flatMap((tally) => tally.most ?? [])
    .sort((a, b) => b.machines - a.machines);
  return {
    app,
    outcome: outcomeOf(policies, tallies, most),
    compared: tallies.reduce((sum, { compared }) => sum + compared, 0),
    skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
    most,
    missing: [...new Set(tallies.flatMap(({ missing }) => [...missing]))],
  };
}

/** What could not be compared at all is never the same. */
function outcomeOf(
  policies: readonly Policy[],
  tallies: readonly Tally[],
  most: WhatIfDifference | null,
): WhatIf['outcome'] {
  if (policies.length === 0) return 'no-policy';
  if (most !== null) return 'differs';
  return tallies.some(({ compared }) => compared === 0) ? 'not-enough-data' : 'same';
}

function tallyOf<Key>(tallies: Map<Key, Tally>, key: Key): Tally {
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const tally: Tally = { compared: 0, skipped: 0, most: null, missing: new Set() };
  tallies.set(key, tally);
  return tally;
}

function skip(tally: Tally, missing: readonly string[]): void {
  tally.skipped += 1;
  for (const what of missing) tally.missing.add(what);
}

/** `was` is null where no policy had the machines. */
function compare(tally: Tally, was: Proposal | null, wouldBe: Proposal, atMs: number): void {
  tally.compared += 1;
  for (const count of ['created', 'started'] as const) {
    const found = difference(count, was?.[count] ?? null, wouldBe[count], atMs);
    if (found !== null && found.machines > (tally.most?.machines ?? 0)) tally.most = found;
  }
}

/** Of one app's policies at most one takes the same machines. */
function takesSame(a: GroupSelector, b: GroupSelector): boolean {
  return (a.kind === 'all') === (b.kind === 'all') && sharesMachines(a, b);
}

/** What the policy decides on and was not collected, or not kept. `kept`: what of the past was. */
function lackedBy(policy: Policy, { samples }: DecisionInput, kept: Horizons | null): string[] {
  const metrics = metricsOf(policy).filter((name) => !samples.has(name));
  return isPastKnown(policy, kept) ? metrics : [...metrics, 'what was done before'];
}

/** Without a history one would begin at each decision, and count limits as spent each time. */
function isPastKnown(policy: Policy, kept: Horizons | null): boolean {
  const needed = horizonsOf(policy);
  return needed === null || PASTS.every((looksAt) => !looksAt(needed) || (kept && looksAt(kept)));
}

/** Each is kept by itself. */
const PASTS: readonly ((horizons: Horizons) => boolean)[] = [
  ({ reach }) => reach.upWindowMs > 0,
  ({ reach }) => reach.downWindowMs > 0,
  ({ reach }) => reach.isSpending,
  ({ awaited }) => awaited.length > 0,
];

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
