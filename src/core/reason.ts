/**
 * Why a decision is what it is: a closed list of codes, one sentence each.
 * The sentences go into the documentation as they stand.
 */
export const REASONS = {
  'at-target': 'The counts are what the expressions want.',
  'scale-up': 'Fewer machines than wanted.',
  'scale-down': 'More machines than wanted.',
  'metric-missing':
    'A metric that an expression read has no value; the count may grow on it and not shrink.',
  'metric-stale': 'The newest value of a metric is too old; the count may grow and not shrink.',
  'source-suspect':
    'Many apps lost a metric at once, which is more likely the fault of its source; for a while the count may grow and not shrink, whatever the default.',
  'metric-error': 'A metric could not be collected; the count may grow and not shrink.',
  'metric-not-a-number': 'A metric is NaN or infinite; the count may grow on it and not shrink.',
  'metric-warning': 'A metric has a value, but its source said something worth knowing.',
  'metric-assumed': 'A number that the policy names stands in for a metric without a value.',
  'metric-fallback':
    'A metric has had no value for too long; the count that the policy names for that holds.',
  'expression-failed': 'An expression yields no usable number, so its count is held.',
  'min-above-max': 'The minimum is above the maximum, so the count is held.',
  'release-running': 'A deploy is under way; nothing is done until its release ends.',
  'release-overdue':
    'The release has been running for longer than its maximum age; only growth is allowed.',
  'release-unread': 'The current release could not be read; nothing is done.',
  'lease-held': "Somebody else holds the lease on the app's machines.",
  'lease-moved': 'A machine with a smaller id appeared; the lease would not exclude others.',
  'no-such-group': 'No machine is in the process group.',
  'no-machines': 'The app has no machines, so there is nothing to clone.',
  'no-clone-source':
    'No machine is fit to be cloned: healthy host, full configuration, usable release.',
  'no-volume': 'The group has volumes, and no free healthy one exists in an allowed region.',
  'no-capacity': 'Every allowed region lacks capacity for now.',
  'no-start-candidate': 'Fewer machines can be started than are wanted.',
  'create-failing': 'The newest creates failed or vanished; the next one waits.',
  'quota-reached': "The organization's machine limit is reached; no creates for a while.",
  'within-tolerance': 'The change is too small to be worth it.',
  stabilizing:
    'A stabilization window holds the count at the most cautious recommendation of some time.',
  'cooling-down': 'The last action was too short a time ago.',
  limited: 'A limit of the scaling behavior slows the change down, or forbids it.',
  'schedule-floor': 'A schedule asks for more machines than there would be without it.',
  'schedule-ceiling': 'A schedule allows fewer machines than there would be without it.',
  frozen: 'A schedule forbids changes for now.',
  paused: 'An operator has paused scaling, or holds it at a count.',
  'budget-spent':
    'As many machines were made or taken within the period as a budget of the app or the fleet allows.',
  'fleet-brake':
    'Too many apps of one source fell at once to be believed; nothing shrinks on it for now.',
  'backing-off': 'The back-off expression is above zero; nothing is done.',
  'state-unwritable':
    'What limits and budgets use cannot be kept; the count may grow and not shrink.',
  capped: 'A per-pass or per-app ceiling limits the change.',
  'fleet-capped': 'The ceiling of the fleet limits the change.',
  'last-machine':
    'The last machine of a group that is fit to be cloned, or healthy at all, is never removed.',
  'started-floor': 'Removing more would leave fewer started machines than wanted.',
  protected: 'Machines whose metadata says `fas-protect` are never taken.',
  draining:
    'Machines on their way out are cordoned and stop once they are busy with nothing, or their time is up.',
  'region-minimum': 'Removing more would leave fewer machines in a region than its minimum.',
  'region-maximum': 'Every allowed region that has room is at its maximum.',
  'cannot-suspend': 'Machines that Fly cannot suspend are stopped instead.',
  'spares-kept': 'Machines that run and their spares are kept; fewer may exist when fewer run.',
  'no-removal-candidate':
    'Fewer machines may be removed than there are too many: they are protected, leased, cordoned or in a deploy.',
  unreachable:
    'Machines that cannot be seen well (host, transit, incomplete) are not touched and justify no removal.',
  'replacing-unreachable':
    'Machines that could not be seen for too long are replaced, a few a minute.',
  'removal-under-way':
    'Machines on their way out are drained, stopped and destroyed over several passes.',
  'removal-undone': 'Machines on their way out are needed again.',
  'removal-waits': 'A removal under way waits: what it needs is not given in this pass.',
  crashed: 'Machines have stopped by a crash.',
  'proxy-autostop':
    'The Fly proxy stops and starts these machines too; a started count works against it.',
  'fresh-look-differs': 'What was read under the lease allows less than the first look.',
  'young-machines':
    'After a restart, machines younger than a minute ask for a second look before a create.',
  'clock-jumped': 'The clocks disagree; histories start anew.',
  'policy-overlap':
    'Another policy is for the same machines of the app; the first in the configuration counts.',
  'override-invalid':
    'The overrides for the app contradict each other; its counts are left as they are.',
  'app-gone': 'The app does not exist any more.',
  'pass-failed': 'The pass could not read what it needs.',
  'dry-run': 'Nothing is done: dry run.',
} as const;

export type ReasonCode = keyof typeof REASONS;

/** A reason with its particulars: names, numbers, what was held back. */
export interface Reason {
  readonly code: ReasonCode;
  /** One short clause, in words: "wanted 14, at most 10 creates in a pass". */
  readonly detail: string;
}

export function reason(code: ReasonCode, detail: string): Reason {
  return { code, detail };
}

export function isAmong(reasons: readonly Reason[], { code, detail }: Reason): boolean {
  return reasons.some((each) => each.code === code && each.detail === detail);
}

/** Two counts may say the same of one metric, and the fleet the same as the plan. */
export function unique(reasons: readonly Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, detail }) => {
    const key = `${code} ${detail}`;
    return !seen.has(key) && seen.add(key);
  });
}
