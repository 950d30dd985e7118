/** What each reason means: one row for each code, and the only place where that is said. */

export interface ReasonMeaning {
  /** One sentence. It goes into the documentation as it stands. */
  readonly says: string;
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

type Kind = Omit<ReasonMeaning, 'says'>;

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
    says: 'The counts are what the expressions want.',
  },
  'scale-up': {
    ...NORMAL,
    subject: 'expression',
    headline: 4,
    says: 'Fewer machines than wanted.',
  },
  'scale-down': {
    ...NORMAL,
    subject: 'expression',
    headline: 4,
    says: 'More machines than wanted.',
  },
  'metric-missing': {
    ...NO_VALUE,
    ends: 'change',
    says: 'A metric that an expression read has no value; the count may grow on it and not shrink.',
  },
  'metric-stale': {
    ...NO_VALUE,
    says: 'The newest value of a metric is too old; the count may grow and not shrink.',
  },
  'source-suspect': {
    ...NO_VALUE,
    says: 'Many apps lost a metric at once, which is more likely the fault of its source; for a while the count may grow and not shrink, whatever the default.',
  },
  'metric-error': {
    ...NO_VALUE,
    says: 'A metric could not be collected; the count may grow and not shrink.',
  },
  'metric-not-a-number': {
    ...NO_VALUE,
    ends: 'change',
    says: 'A metric is NaN or infinite; the count may grow on it and not shrink.',
  },
  'metric-warning': {
    ...METRIC,
    ends: 'change',
    says: 'A metric has a value, but its source said something worth knowing.',
  },
  'metric-assumed': {
    ...FAULT,
    subject: 'metric',
    says: 'A number that the policy names stands in for a metric without a value.',
  },
  'metric-fallback': {
    ...FAULT,
    subject: 'metric',
    says: 'A metric has had no value for too long; the count that the policy names for that holds.',
  },
  'expression-failed': {
    ...NO_VALUE,
    subject: 'expression',
    ends: 'change',
    says: 'An expression yields no usable number, so its count is held.',
  },
  'min-above-max': {
    ...FORBID,
    level: 'warning',
    subject: 'expression',
    ends: 'change',
    says: 'The minimum is above the maximum, so the count is held.',
  },
  'release-running': {
    ...FORBID,
    says: 'A deploy is under way; nothing is done until its release ends.',
  },
  'release-overdue': {
    ...FAULT,
    says: 'The release has been running for longer than its maximum age; only growth is allowed.',
  },
  'release-unread': { ...FAULT, says: 'The current release could not be read; nothing is done.' },
  'lease-held': { ...INFO, says: "Somebody else holds the lease on the app's machines." },
  'lease-moved': {
    ...INFO,
    says: 'A machine with a smaller id appeared; the lease would not exclude others.',
  },
  'no-such-group': {
    ...FORBID,
    level: 'warning',
    ends: 'change',
    says: 'No machine is in the process group.',
  },
  'no-machines': {
    ...FORBID,
    level: 'warning',
    ends: 'change',
    says: 'The app has no machines, so there is nothing to clone.',
  },
  'no-clone-source': {
    ...FAULT,
    says: 'No machine is fit to be cloned: healthy host, full configuration, usable release.',
  },
  'no-volume': {
    ...FAULT,
    says: 'The group has volumes, and no free healthy one exists in an allowed region.',
  },
  'no-capacity': { ...FAULT, says: 'Every allowed region lacks capacity for now.' },
  'never-ran': {
    ...INFO,
    holds: 'limits',
    says: 'Machines that were made to run and that a deploy left stopped before they had are started.',
  },
  'no-start-candidate': { ...FAULT, says: 'Fewer machines can be started than are wanted.' },
  'create-failing': {
    ...FAULT,
    says: 'The newest creates failed or vanished; the next one waits.',
  },
  'quota-reached': {
    ...FAULT,
    says: "The organization's machine limit is reached; no creates for a while.",
  },
  'within-tolerance': { ...LIMIT, says: 'The change is too small to be worth it.' },
  stabilizing: {
    ...LIMIT,
    says: 'A stabilization window holds the count at the most cautious recommendation of some time.',
  },
  'cooling-down': { ...LIMIT, says: 'The last action was too short a time ago.' },
  limited: {
    ...LIMIT,
    says: 'A limit of the scaling behavior slows the change down, or forbids it.',
  },
  'schedule-floor': {
    ...LIMIT,
    scope: 'shared',
    says: 'A schedule asks for more machines than there would be without it.',
  },
  'schedule-ceiling': {
    ...LIMIT,
    scope: 'shared',
    says: 'A schedule allows fewer machines than there would be without it.',
  },
  frozen: { ...FORBID, scope: 'shared', says: 'A schedule forbids changes for now.' },
  paused: {
    ...FORBID,
    scope: 'shared',
    subject: 'pause',
    says: 'An operator has paused scaling, or holds it at a count.',
  },
  'budget-spent': {
    ...LIMIT,
    says: 'As many machines were made or taken within the period as a budget of the app or the fleet allows.',
  },
  'fleet-brake': {
    ...NO_VALUE,
    subject: null,
    says: 'Too many apps of one source fell at once to be believed; nothing shrinks on it for now.',
  },
  'backing-off': {
    ...FORBID,
    scope: 'shared',
    says: 'The back-off expression is above zero; nothing is done.',
  },
  'state-unwritable': {
    ...FAULT,
    scope: 'shared',
    says: 'What limits and budgets use cannot be kept; the count may grow and not shrink.',
  },
  capped: { ...LIMIT, says: 'A per-pass or per-app ceiling limits the change.' },
  'fleet-capped': { ...INFO, says: 'The ceiling of the fleet limits the change.' },
  'last-machine': {
    ...FAULT,
    says: 'The last machine of a group that is fit to be cloned, or healthy at all, is never removed.',
  },
  'started-floor': {
    ...NORMAL,
    says: 'Removing more would leave fewer started machines than wanted.',
  },
  protected: { ...INFO, says: 'Machines whose metadata says `fas-protect` are never taken.' },
  'protect-inherited': {
    ...FAULT,
    ends: 'change',
    says: 'A copy of a machine carries its `fas-protect`, which protects the other one: let each mark name its machine.',
  },
  draining: {
    ...NORMAL,
    says: 'Machines on their way out are cordoned and stop once they are busy with nothing, or their time is up.',
  },
  'region-minimum': {
    ...INFO,
    says: 'Removing more would leave fewer machines in a region than its minimum.',
  },
  'region-maximum': { ...INFO, says: 'Every allowed region that has room is at its maximum.' },
  'cannot-suspend': { ...INFO, says: 'Machines that Fly cannot suspend are stopped instead.' },
  'spares-kept': {
    ...NORMAL,
    says: 'Machines that run and their spares are kept; fewer may exist when fewer run.',
  },
  'no-removal-candidate': {
    ...FAULT,
    says: 'Fewer machines may be removed than there are too many: they are protected, leased, cordoned or in a deploy.',
  },
  unreachable: {
    ...FAULT,
    says: 'Machines that cannot be seen well (host, transit, incomplete) are not touched and justify no removal.',
  },
  unreadable: {
    ...FAULT,
    isSaidOnce: true,
    says: "Machines of which a part of Fly's answer cannot be read count as present; they are not touched and justify no removal.",
  },
  'list-incomplete': {
    ...FAULT,
    says: "Machines that were seen are not in Fly's list; nothing grows for want of them until Fly says of each that it is gone.",
  },
  'replacing-unreachable': {
    ...LIMIT,
    says: 'Machines that could not be seen for too long are replaced, a few a minute.',
  },
  'removal-under-way': {
    ...NORMAL,
    headline: 2,
    says: 'Machines on their way out are drained, stopped and destroyed over several passes.',
  },
  'removal-undone': { ...NORMAL, headline: 3, says: 'Machines on their way out are needed again.' },
  'removal-waits': {
    ...NORMAL,
    says: 'A removal under way waits: what it needs is not given in this pass.',
  },
  crashed: { ...FAULT, ends: 'change', says: 'Machines have stopped by a crash.' },
  'proxy-autostop': {
    ...FAULT,
    scope: 'shared',
    ends: 'change',
    isSaidOnce: true,
    says: 'The Fly proxy stops and starts these machines too; a started count works against it.',
  },
  'stop-timeout-short': {
    ...NORMAL,
    ends: 'change',
    isSaidOnce: true,
    says: 'Machines are waited for longer than they have to stop: a deploy, or whoever else stops them, ends their work sooner.',
  },
  'not-flyctls': {
    ...NORMAL,
    ends: 'change',
    isSaidOnce: true,
    says: 'Machines lack the metadata `fly_platform_version`: `fly deploy` leaves them and their clones on the image that they have.',
  },
  'other-autoscaler': {
    ...NORMAL,
    isSaidOnce: true,
    says: 'An autoscaler of another app acts on the machines too; each undoes what the other does.',
  },
  'fresh-look-differs': {
    ...NORMAL,
    says: 'What was read under the lease allows less than the first look.',
  },
  'young-machines': {
    ...NORMAL,
    scope: 'pass',
    says: 'After a restart, machines younger than a minute ask for a second look before a create.',
  },
  'clock-jumped': { ...NORMAL, says: 'The clocks disagree; histories start anew.' },
  'policy-overlap': {
    ...FAULT,
    says: 'Another policy is for the same machines of the app; the first in the configuration counts.',
  },
  'override-invalid': {
    ...FAULT,
    says: 'The overrides for the app contradict each other; its counts are left as they are.',
  },
  'app-gone': { ...INFO, says: 'The app does not exist any more.' },
  'pass-failed': { ...FAULT, scope: 'pass', says: 'The pass could not read what it needs.' },
  'dry-run': { ...NORMAL, scope: 'pass', says: 'Nothing is done: dry run.' },
} as const satisfies Record<string, ReasonMeaning>;

export type ReasonCode = keyof typeof REASONS;

/** Every code, in the order of the table. */
export const REASON_CODES = Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]];

export function meaningOf(code: ReasonCode): ReasonMeaning {
  return REASONS[code];
}
