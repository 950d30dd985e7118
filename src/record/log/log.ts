/** Log lines about passes and the fleet. */
import type { Clock } from '../../seams/clock.js';
import type { ActionOutcome, CountProposal } from '../../core/model/decision.js';
import { samplesJson } from '../../core/model/sample-json.js';
import type { Logger } from './logger.js';
import { PerPolicy, shownPolicy } from '../report/per-policy.js';
import { isOfGoneApp, metricErrorKey, problemsOf } from '../report/problem.js';
import { createProblemLog } from './problem-log.js';
import { createSourceLog, sourceKey } from './source-log.js';
import { actionVerb, isComplete, VERBS } from '../report/verb.js';
import type { FleetEvent, PassReport, Recorder } from '../../seams/events.js';

/**
 * What is done to a machine is one line of level info, with the values that it was done for; a pass is one of level debug;
 * holds are told when they begin, warnings also when they end.
 */
export function createLogRecorder(options: {
  readonly log: Logger;
  readonly clock: Clock;
}): Recorder {
  const { log, clock } = options;
  const problems = createProblemLog(log, clock);
  const sources = createSourceLog(log, clock);
  /** What a dry run last said of each app: the same intention is told once. */
  const intentions = new PerPolicy<string>();

  /** Apps that are told to be gone: one that is named in full is looked for again in each pass. */
  const gone = new Set<string>();

  const forget = (app: string): void => {
    problems.forget(app);
    sources.forget(app);
    intentions.drop(app);
  };

  return {
    pass(report) {
      if (log.isLevelEnabled('debug')) logPass(log, report);
      if (isNews(report, intentions)) logActions(log, report);
      if (isOfGoneApp(report)) return;
      gone.delete(report.app);
      sources.pass(report);
      problems.report(
        report.app,
        report.policy,
        problemsOf(report, (key) => sources.isDown(key)),
      );
    },
    fleet(event) {
      if (event.kind === 'app-gone') {
        if (!gone.has(event.app)) log.warn({ app: event.app }, 'app does not exist');
        gone.add(event.app);
        forget(event.app);
        return;
      }
      if (event.kind === 'source') {
        // Apps may have been quicker to say that they have no value.
        const isUp = event.state === 'up';
        sources.changed(event, isUp ? [] : problems.dismiss(metricErrorKey(sourceKey(event))));
        return;
      }
      logFleet(log, event);
      if (event.kind === 'reconfigured') sources.keep(event.collectors);
      if (event.kind === 'policies-ended') {
        for (const { app, policy } of event.ended) {
          problems.report(app, { name: policy }, []);
          intentions.delete(app, policy);
          // Another policy that reads the metric says so again.
          sources.forget(app);
        }
      }
      if (event.kind === 'tick') {
        problems.tick();
        sources.tick();
      }
      if (event.kind !== 'app-list') return;
      for (const app of event.removed) forget(app);
      const listed = new Set(event.apps);
      for (const app of gone) if (!listed.has(app)) gone.delete(app);
    },
  };
}

function isNews(report: PassReport, intentions: PerPolicy<string>): boolean {
  const { app, policy, outcomes } = report;
  const intended = outcomes.filter(({ result }) => result === 'dry');
  if (intended.length === 0) {
    intentions.delete(app, policy.name);
    return outcomes.length > 0;
  }
  const text = intended.map(({ action }) => intentionOf(action)).join(' ');
  if (intentions.get(app, policy.name) === text) return false;
  intentions.set(app, policy.name, text);
  return true;
}

/** Without the launch id, which is new in every pass. */
function intentionOf(action: ActionOutcome['action']): string {
  return `${action.kind} ${action.kind === 'create' ? action.region : action.machineId}`;
}

function logPass(log: Logger, report: PassReport): void {
  const { app, samples, proposal, reasons, durationMs, machinesByState } = report;
  const fields = {
    app,
    policy: shownPolicy(report.policy),
    metrics: samplesJson(samples),
    current: proposal === null ? undefined : currentOf(proposal.counts),
    target: proposal === null ? undefined : targetsOf(proposal.created, proposal.started),
    machines: machinesByState ?? undefined,
    reasons,
    durationMs: Math.round(durationMs),
  };
  log.debug(fields, 'reconciling');
}

function currentOf(counts: { created: number; started: number; stopped: number }): object {
  return { created: counts.created, started: counts.started, stopped: counts.stopped };
}

function targetsOf(created: CountProposal | null, started: CountProposal | null): object {
  return { created: targetOf(created), started: targetOf(started) };
}

/** Null: the count is left as it is. */
function targetOf(count: CountProposal | null): object | null {
  if (count === null) return null;
  return { min: count.target?.min ?? null, max: count.target?.max ?? null, wanted: count.wanted };
}

function logActions(log: Logger, { app, policy, samples, outcomes }: PassReport): void {
  const shared = { app, policy: shownPolicy(policy), metrics: samplesJson(samples) };
  for (const outcome of outcomes) logOutcome(log, shared, outcome);
}

function logOutcome(log: Logger, shared: object, outcome: ActionOutcome): void {
  const { action, result } = outcome;
  const fields = {
    ...shared,
    machine: outcome.machineId ?? undefined,
    region: action.region,
    launchId: action.kind === 'create' ? action.launchId : undefined,
    action: action.kind,
    result,
    steps: outcome.stepsDone.length === 0 ? undefined : outcome.stepsDone,
    reason: action.reason.code,
    detail: outcome.detail ?? action.reason.detail,
    code: outcome.errorCode,
  };
  if (result === 'failed') log.warn(fields, `cannot ${VERBS[action.kind].base} machine`);
  else log[isBetween(outcome) ? 'debug' : 'info'](fields, actionVerb(outcome).message);
}

/** A removal was told of when it began, and will be when the machine is gone or has stopped. */
function isBetween(outcome: ActionOutcome): boolean {
  const { action } = outcome;
  if (action.kind === 'finish') return true;
  return action.reason.code === 'removal-under-way' && !isComplete(outcome);
}

function logFleet(log: Logger, event: Exclude<FleetEvent, { kind: 'app-gone' | 'source' }>): void {
  switch (event.kind) {
    case 'app-list':
      if (event.added.length + event.removed.length === 0) {
        log.debug({ apps: event.apps.length }, 'app list read');
      } else {
        const { added, removed } = event;
        log.info({ apps: event.apps.length, added, removed }, 'app list changed');
      }
      return;
    case 'app-list-failed': {
      const { code, message, hint, requestId } = event.error;
      const ageSeconds = event.ageMs === null ? null : Math.round(event.ageMs / 1000);
      log.warn({ code, detail: message, hint, requestId, ageSeconds }, 'app list cannot be read');
      return;
    }
    case 'machine-list': {
      const { isWhole, machines, news, errorRegions } = event;
      const fields = { isWhole, machines, news, errorRegions };
      log.debug(fields, 'machine list of the organization read');
      return;
    }
    case 'machine-list-failed': {
      const { code, message, hint, requestId } = event.error;
      const ageSeconds = event.ageMs === null ? null : Math.round(event.ageMs / 1000);
      const text = event.isRefused
        ? 'the machine list of the organization is refused: machines are listed app by app'
        : 'machine list of the organization cannot be read';
      log.warn({ code, detail: message, hint, requestId, ageSeconds }, text);
      return;
    }
    case 'clock-jumped': {
      const { wallMs, elapsedMs } = event;
      log.warn({ wallMs, elapsedMs }, 'the clocks disagree; histories start anew');
      return;
    }
    case 'apps-unchanged':
      log.debug({ apps: event.apps.length }, 'nothing changed');
      return;
    case 'brake':
      logBrake(log, event);
      return;
    case 'operator':
      logOrder(log, event);
      return;
    case 'state-failed': {
      const { code, message, hint } = event.error;
      log.error({ code, detail: message, hint }, 'state cannot be kept');
      return;
    }
    case 'state-lost': {
      const until = new Date(event.untilMs).toISOString();
      log.error({ until, hint: LOST_HINT }, 'pauses may be lost: nothing shrinks for now');
      return;
    }
    case 'tick': {
      const { apps, stillBusy, latenessMs } = event;
      log.debug({ apps, stillBusy, latenessMs: Math.round(latenessMs) }, 'tick');
      return;
    }
    case 'overrides-unused':
      log.warn({ overrides: event.overrides }, 'no app matches these overrides');
      return;
    case 'policies-ended':
      log.info({ ended: event.ended.length }, 'policies are not for some apps any more');
      return;
    // The command that reloads says more of these.
    case 'reconfigured':
    case 'config-refused':
  }
}

const LOST_HINT =
  'pause again what should be paused, then end the hold: fly-autoscaler resume "*"; it ends by itself at the time given';

const BRAKE_MESSAGES = {
  tripped: 'fleet brake on: too many apps of one source fell at once; nothing shrinks on it',
  restored: 'fleet brake still on, as before the start; nothing shrinks on its metric',
  'let-go': 'fleet brake lets apps go',
  ended: 'fleet brake off',
  released: 'fleet brake released by an operator',
} as const;

function logBrake(log: Logger, event: Extract<FleetEvent, { kind: 'brake' }>): void {
  const { source, change, able, down } = event;
  const fields = { metric: source, couldShrink: able, fell: down };
  if (change === 'tripped' || change === 'restored') log.warn(fields, BRAKE_MESSAGES[change]);
  else log.info(fields, BRAKE_MESSAGES[change]);
}

function logOrder(log: Logger, { by, order }: Extract<FleetEvent, { kind: 'operator' }>): void {
  switch (order.kind) {
    case 'pause': {
      const { createdAtMs: _, untilMs, ...pause } = order.pause;
      const until = untilMs === null ? null : new Date(untilMs).toISOString();
      log.info({ by, ...pause, until }, 'paused by an operator');
      return;
    }
    case 'resume': {
      const { app, policy, ended } = order;
      log.info({ by, app, policy, ended: ended.map(({ id }) => id) }, 'resumed by an operator');
      return;
    }
    case 'release-brake':
      log.info({ by, metric: order.source }, 'an operator let the fleet brake go');
  }
}
