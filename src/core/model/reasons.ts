/** What each reason means: one row for each code, and the only place where that is said. */

export interface ReasonMeaning {
  /** One sentence. It goes into the documentation as it stands. */
  readonly says: string;
  /** A clause of up to 40 letters for a row of a table, in words that need no manual: what is so, or why a count is where it is. */
  readonly short: string;
  /** `warning`: somebody should look. `info`: a hold that was asked for, or that passes by itself. `normal`: the ordinary course of things. */
  readonly level: 'warning' | 'info' | 'normal';
  /**
   * Whether it keeps the proposal from what the expressions say. `limits`: a change is smaller or later. `forbids`: a count
   * stays where it is, in one direction at least, so that this is never why something was done.
   */
  readonly holds: 'no' | 'limits' | 'forbids';
  /**
   * Whom one cause reaches. `shared`: usually every app at once (a source, an expression, a schedule, an order), so that one log line
   * says it for all. `pass`: it speaks of the pass itself; `eval`, which does nothing, leaves it out.
   */
  readonly scope: 'app' | 'shared' | 'pass';
  /** What `Reason.subject` names. */
  readonly subject: 'metric' | 'expression' | 'pause' | null;
  /** `time`: it may end by time alone. `change`: it lasts as long as samples and machines are what they are. */
  readonly ends: 'time' | 'change';
  /** True: a fact of an app that may stay as it is. The log says it once for each app, as a warning. */
  readonly isSaidOnce: boolean;
  /** Of the reasons of a pass, the one with the highest number says most about it; 0: it is no headline. */
  readonly headline: 0 | 1 | 2 | 3 | 4;
}

type Kind = Omit<ReasonMeaning, 'says' | 'short'>;

const NORMAL = {
  level: 'normal',
  holds: 'no',
  scope: 'app',
  subject: null,
  ends: 'time',
  isSaidOnce: false,
  headline: 0,
} as const satisfies Kind;
const INFO = { ...NORMAL, level: 'info' } as const satisfies Kind;
const LIMIT = { ...INFO, holds: 'limits' } as const satisfies Kind;
const FORBID = { ...INFO, holds: 'forbids' } as const satisfies Kind;
const FAULT = { ...NORMAL, level: 'warning' } as const satisfies Kind;
const METRIC = { ...FAULT, scope: 'shared', subject: 'metric' } as const satisfies Kind;
const NO_VALUE = { ...METRIC, holds: 'forbids' } as const satisfies Kind;

export const REASONS = {
  'at-target': {
    ...NORMAL,
    ends: 'change',
    headline: 1,
    short: 'at target',
    says: 'The counts are what the expressions want.',
  },
  'scale-up': {
    ...NORMAL,
    subject: 'expression',
    headline: 4,
    short: 'growing',
    says: 'Fewer machines than wanted.',
  },
  'scale-down': {
    ...NORMAL,
    subject: 'expression',
    headline: 4,
    short: 'shrinking',
    says: 'More machines than wanted.',
  },
  'metric-missing': {
    ...NO_VALUE,
    ends: 'change',
    short: 'its metric has no value',
    says: 'A metric that an expression read has no value; the count may grow on it and not shrink.',
  },
  'metric-stale': {
    ...NO_VALUE,
    short: 'its metric is too old',
    says: 'The newest value of a metric is too old; the count may grow and not shrink.',
  },
  'source-suspect': {
    ...NO_VALUE,
    short: 'too many apps lost their metric at once',
    says: 'Many apps lost a metric at once, which is more likely the fault of its source; for a while the count may grow and not shrink, whatever the default.',
  },
  'metric-error': {
    ...NO_VALUE,
    short: 'its metric cannot be read',
    says: 'A metric could not be collected; the count may grow and not shrink.',
  },
  'metric-not-a-number': {
    ...NO_VALUE,
    ends: 'change',
    short: 'its metric is not a number',
    says: 'A metric is NaN or infinite; the count may grow on it and not shrink.',
  },
  'metric-warning': {
    ...METRIC,
    ends: 'change',
    short: 'its source has a remark',
    says: 'A metric has a value, but its source said something worth knowing.',
  },
  'metric-assumed': {
    ...FAULT,
    subject: 'metric',
    short: 'a number stands in for its metric',
    says: 'A number that the policy names stands in for a metric without a value.',
  },
  'metric-fallback': {
    ...FAULT,
    subject: 'metric',
    short: 'holds the fallback for its metric',
    says: 'A metric has had no value for too long; the count that the policy names for that holds.',
  },
  'expression-failed': {
    ...NO_VALUE,
    subject: 'expression',
    ends: 'change',
    short: 'its expression gives no count',
    says: 'An expression yields no usable number, so its count is held.',
  },
  'min-above-max': {
    ...FORBID,
    level: 'warning',
    subject: 'expression',
    ends: 'change',
    short: 'its minimum is above its maximum',
    says: 'The minimum is above the maximum, so the count is held.',
  },
  'release-running': {
    ...FORBID,
    short: 'a deploy is running',
    says: 'A deploy is under way; nothing is done until its release ends.',
  },
  'release-overdue': {
    ...FAULT,
    short: 'a deploy has run for too long',
    says: 'The release has been running for longer than its maximum age; only growth is allowed.',
  },
  'release-unread': {
    ...FAULT,
    short: 'its release cannot be read',
    says: 'The current release could not be read; nothing is done.',
  },
  'lease-held': {
    ...INFO,
    short: 'somebody else works on it',
    says: "Somebody else holds the lease on the app's machines.",
  },
  'lease-moved': {
    ...INFO,
    short: 'its machines changed meanwhile',
    says: 'A machine with a smaller id appeared; the lease would not exclude others.',
  },
  'no-such-group': {
    ...FORBID,
    level: 'warning',
    ends: 'change',
    short: 'it has no such process group',
    says: 'No machine is in the process group.',
  },
  'no-machines': {
    ...FORBID,
    level: 'warning',
    ends: 'change',
    short: 'it has no machine to clone',
    says: 'The app has no machines, so there is nothing to clone.',
  },
  'no-clone-source': {
    ...FAULT,
    short: 'no machine is fit to be cloned',
    says: 'No machine is fit to be cloned: healthy host, full configuration, usable release.',
  },
  'no-volume': {
    ...FAULT,
    short: 'no free volume',
    says: 'The group has volumes, and no free healthy one exists in an allowed region.',
  },
  'no-capacity': {
    ...FAULT,
    short: 'no room in its regions',
    says: 'Every allowed region lacks capacity for now.',
  },
  'never-ran': {
    ...INFO,
    holds: 'limits',
    short: 'starts what a deploy left stopped',
    says: 'Machines that were made to run and that a deploy left stopped before they had are started.',
  },
  'no-start-candidate': {
    ...FAULT,
    short: 'too few machines to start',
    says: 'Fewer machines can be started than are wanted.',
  },
  'create-failing': {
    ...FAULT,
    short: 'the newest creates failed',
    says: 'The newest creates failed or vanished; the next one waits.',
  },
  'quota-reached': {
    ...FAULT,
    short: 'the machine limit is reached',
    says: "The organization's machine limit is reached; no creates for a while.",
  },
  'within-tolerance': {
    ...LIMIT,
    short: 'too small a change',
    says: 'The change is too small to be worth it.',
  },
  stabilizing: {
    ...LIMIT,
    short: 'until the load has settled',
    says: 'A stabilization window holds the count at the most cautious recommendation of some time.',
  },
  'cooling-down': {
    ...LIMIT,
    short: 'cooling down',
    says: 'The last action was too short a time ago.',
  },
  limited: {
    ...LIMIT,
    short: 'slowed by a limit',
    says: 'A limit of the scaling behavior slows the change down, or forbids it.',
  },
  'schedule-floor': {
    ...LIMIT,
    scope: 'shared',
    short: 'a schedule keeps more',
    says: 'A schedule asks for more machines than there would be without it.',
  },
  'schedule-ceiling': {
    ...LIMIT,
    scope: 'shared',
    short: 'a schedule allows fewer',
    says: 'A schedule allows fewer machines than there would be without it.',
  },
  frozen: {
    ...FORBID,
    scope: 'shared',
    short: 'a schedule forbids changes',
    says: 'A schedule forbids changes for now.',
  },
  paused: {
    ...FORBID,
    scope: 'shared',
    subject: 'pause',
    short: 'paused by an operator',
    says: 'An operator has paused scaling, or holds it at a count.',
  },
  'budget-spent': {
    ...LIMIT,
    short: 'its budget is used up',
    says: 'As many machines were made or taken within the period as a budget of the app or the fleet allows.',
  },
  'fleet-brake': {
    ...NO_VALUE,
    subject: null,
    short: 'too many apps fell at once',
    says: 'Too many apps of one source fell at once to be believed; nothing shrinks on it for now.',
  },
  'backing-off': {
    ...FORBID,
    scope: 'shared',
    short: 'it asks to be left alone',
    says: 'The back-off expression is above zero; nothing is done.',
  },
  'state-unwritable': {
    ...FAULT,
    scope: 'shared',
    short: 'the state cannot be kept',
    says: 'What limits and budgets use cannot be kept; the count may grow and not shrink.',
  },
  capped: {
    ...LIMIT,
    short: 'slowed by a ceiling',
    says: 'A per-pass or per-app ceiling limits the change.',
  },
  'fleet-capped': {
    ...INFO,
    short: 'the fleet is at its limit',
    says: 'The ceiling of the fleet limits the change.',
  },
  'last-machine': {
    ...FAULT,
    short: 'the last one stays',
    says: 'The last machine of a group that is fit to be cloned, or healthy at all, is never removed.',
  },
  'started-floor': {
    ...NORMAL,
    short: 'so many must run',
    says: 'Removing more would leave fewer started machines than wanted.',
  },
  protected: {
    ...INFO,
    short: 'the others are protected',
    says: 'Machines whose metadata says `fas-protect` are never taken.',
  },
  'protect-inherited': {
    ...FAULT,
    ends: 'change',
    short: 'copies carry a mark of protection',
    says: 'A copy of a machine carries its `fas-protect`, which protects the other one: let each mark name its machine.',
  },
  draining: {
    ...NORMAL,
    short: 'waits until they are idle',
    says: 'Machines on their way out are cordoned and stop once they are busy with nothing, or their time is up.',
  },
  'region-minimum': {
    ...INFO,
    short: 'its regions need the rest',
    says: 'Removing more would leave fewer machines in a region than its minimum.',
  },
  'region-maximum': {
    ...INFO,
    short: 'its regions are full',
    says: 'Every allowed region that has room is at its maximum.',
  },
  'cannot-suspend': {
    ...INFO,
    short: 'stopped, as Fly cannot suspend',
    says: 'Machines that Fly cannot suspend are stopped instead.',
  },
  'spares-kept': {
    ...NORMAL,
    short: 'its spares are kept',
    says: 'Machines that run and their spares are kept; fewer may exist when fewer run.',
  },
  'no-removal-candidate': {
    ...FAULT,
    short: 'the others may not go',
    says: 'Fewer machines may be removed than there are too many: they are protected, leased, cordoned or in a deploy.',
  },
  unreachable: {
    ...FAULT,
    short: 'some machines cannot be seen',
    says: 'Machines that cannot be seen well (host, transit, incomplete) are not touched and justify no removal.',
  },
  unreadable: {
    ...FAULT,
    isSaidOnce: true,
    short: 'some machines cannot be read',
    says: "Machines of which a part of Fly's answer cannot be read count as present; they are not touched and justify no removal.",
  },
  'list-incomplete': {
    ...FAULT,
    short: "Fly's list lacks machines",
    says: "Machines that were seen are not in Fly's list; nothing grows for want of them until Fly says of each that it is gone.",
  },
  'replacing-unreachable': {
    ...LIMIT,
    short: 'lost machines are replaced',
    says: 'Machines that could not be seen for too long are replaced, a few a minute.',
  },
  'removal-under-way': {
    ...NORMAL,
    headline: 2,
    short: 'machines are on their way out',
    says: 'Machines on their way out are drained, stopped and destroyed over several passes.',
  },
  'removal-undone': {
    ...NORMAL,
    headline: 3,
    short: 'machines are taken back',
    says: 'Machines on their way out are needed again.',
  },
  'removal-waits': {
    ...NORMAL,
    short: 'removals wait',
    says: 'A removal under way waits: what it needs is not given in this pass.',
  },
  crashed: {
    ...FAULT,
    ends: 'change',
    short: 'machines have crashed',
    says: 'Machines have stopped by a crash.',
  },
  'proxy-autostop': {
    ...FAULT,
    scope: 'shared',
    ends: 'change',
    isSaidOnce: true,
    short: 'the Fly proxy stops machines too',
    says: 'The Fly proxy stops and starts these machines too; a started count works against it.',
  },
  'stop-timeout-short': {
    ...NORMAL,
    ends: 'change',
    isSaidOnce: true,
    short: 'its stop timeout is short',
    says: 'Machines are waited for longer than they have to stop: a deploy, or whoever else stops them, ends their work sooner.',
  },
  'not-flyctls': {
    ...NORMAL,
    ends: 'change',
    isSaidOnce: true,
    short: 'fly deploy leaves out machines',
    says: 'Machines lack the metadata `fly_platform_version`: `fly deploy` leaves them and their clones on the image that they have.',
  },
  'other-autoscaler': {
    ...NORMAL,
    isSaidOnce: true,
    short: 'another autoscaler acts on it',
    says: 'An autoscaler of another app acts on the machines too; each undoes what the other does.',
  },
  'fresh-look-differs': {
    ...NORMAL,
    short: 'the rest comes next',
    says: 'What was read under the lease allows less than the first look.',
  },
  'young-machines': {
    ...NORMAL,
    scope: 'pass',
    short: 'looks once more first',
    says: 'After a restart, machines younger than a minute ask for a second look before a create.',
  },
  'clock-jumped': {
    ...NORMAL,
    short: 'the clocks disagree',
    says: 'The clocks disagree; histories start anew.',
  },
  'policy-overlap': {
    ...FAULT,
    short: 'another policy has its machines',
    says: 'Another policy is for the same machines of the app; the first in the configuration counts.',
  },
  'override-invalid': {
    ...FAULT,
    short: 'its overrides contradict',
    says: 'The overrides for the app contradict each other; its counts are left as they are.',
  },
  'app-gone': {
    ...INFO,
    short: 'it does not exist any more',
    says: 'The app does not exist any more.',
  },
  'pass-failed': {
    ...FAULT,
    scope: 'pass',
    short: 'cannot look',
    says: 'The pass could not read what it needs.',
  },
  'dry-run': { ...NORMAL, scope: 'pass', short: 'dry run', says: 'Nothing is done: dry run.' },
} as const satisfies Record<string, ReasonMeaning>;

export type ReasonCode = keyof typeof REASONS;

/** Every code, in the order of the table. */
export const REASON_CODES = Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]];

export function meaningOf(code: ReasonCode): ReasonMeaning {
  return REASONS[code];
}
