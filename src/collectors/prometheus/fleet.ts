/** Asks one query for the fleet, and tells each app what its own query would have said. */
import { DeadlineExceeded, withDeadline, type Clock } from '../../seams/clock.js';
import { formatDurationMs } from '../../core/time/duration.js';
import type { Sample } from '../../core/model/sample.js';
import { breather, type Breathe } from '../../seams/slices.js';
import { tellEach, type Emit } from '../shared/pacing/collection.js';
import { errorSample } from '../shared/samples/samples.js';
import { failure, type Answer, type Failure } from './answer.js';
import type { Server } from './ask.js';
import {
  answerOf,
  parseFleetAnswer,
  parseSharedAnswer,
  type FleetAnswer,
  type SharedAnswer,
} from './fleet-answer.js';
import type { FleetPlan } from './plan/plan.js';
import type { Suspects } from './suspects.js';
import type { Way } from './way.js';

/** Emits for each app but those that are to be asked alone. */
export type AskFleet = (
  server: Server,
  apps: readonly string[],
  emit: Emit,
  signal: AbortSignal,
) => Promise<FleetOutcome>;

export type FleetOutcome =
  /** The server refuses the fleet's query; nothing is emitted. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** `alone`: the fleet's answer does not show what the own queries of these apps give. */
  | { readonly kind: 'told'; readonly alone: readonly string[] };

/** What an app's answer is worth. `age`: the answer to the question of its age; null: nobody asked. */
export type Read = (
  app: string,
  answer: Answer,
  age: Answer | null,
  breathe: Breathe,
) => Promise<Sample>;

interface Planned {
  readonly plan: FleetPlan;
  readonly fleet: FleetAnswer;
  readonly others: SharedAnswer;
}

export function fleetAsker(
  way: Extract<Way, { kind: 'fleet' }>,
  read: Read,
  {
    clock,
    limitMs,
    suspects,
  }: {
    readonly clock: Clock;
    readonly limitMs: number;
    /** Null: apps that lose their series all at once are believed. */
    readonly suspects: Suspects | null;
  },
): AskFleet {
  const ask = (server: Server, plan: FleetPlan, signal: AbortSignal): Promise<Planned | Failure> =>
    withinLimit(server, { clock, limitMs }, signal, (deadline) =>
      askPlan(server, plan, deadline, clock),
    );
  return async (server, apps, emit, signal) => {
    const [value, timestamps] = await Promise.all([
      ask(server, way.value, signal),
      way.timestamp === null ? null : ask(server, way.timestamp, signal),
    ]);
    for (const answer of [value, timestamps]) {
      if (isFailure(answer) && answer.code === 'source-query-invalid') {
        return { kind: 'refused', failure: answer };
      }
    }
    if (isFailure(value)) {
      for (const app of apps) emit(app, errorSample(value.code, value.message, clock.now()));
      return { kind: 'told', alone: [] };
    }
    const why = suspects?.judge(apps, value.fleet.byApp);
    const isUnclear = await unclear(value, () =>
      timestamps === null && way.presence !== null ? ask(server, way.presence, signal) : timestamps,
    );
    const alone: string[] = [];
    const breathe = breather(clock, signal);
    await tellEach({ apps, clock, signal }, async (app) => {
      const detail = why?.(app) ?? null;
      if (detail !== null) {
        emit(app, errorSample('source-suspect', detail, clock.now()));
        return 0;
      }
      if (way.hasOwnQueries && isUnclear(app)) {
        alone.push(app);
        return 0;
      }
      const age = isFailure(timestamps) || timestamps === null ? timestamps : own(timestamps, app);
      const answer = (way.hasOwnQueries ? own : ownWithoutQuery)(value, app);
      emit(app, await read(app, answer, age, breathe));
      return answer.kind === 'failure' ? 0 : answer.series.length;
    });
    return { kind: 'told', alone };
  };
}

/**
 * Whether an app's own query may say something that the fleet's answer does not show: where functions around an `or` left series of it
 * out, or where the server dropped series, it does not say whose, and the app has none but has data. `askPresence`: which apps have
 * data; null when nobody can tell.
 */
async function unclear(
  { fleet }: Planned,
  askPresence: () => Promise<Planned | Failure> | Planned | Failure | null,
): Promise<(app: string) => boolean> {
  if (fleet.dropped === undefined) return (app) => fleet.leftOut.has(app);
  const presence = await askPresence();
  // What all apps share may be among what was dropped, and then it concerns everybody.
  const withData =
    presence === null || isFailure(presence) || presence.plan.otherwise !== null
      ? null
      : presence.fleet.byApp;
  return (app) => fleet.leftOut.has(app) || (!fleet.byApp.has(app) && (withData?.has(app) ?? true));
}

function own({ fleet, plan, others }: Planned, app: string): Answer {
  return answerOf(app, fleet, plan, others);
}

/** Where nobody can be asked alone, what the server dropped may have been of any app that has nothing. */
function ownWithoutQuery({ fleet, plan, others }: Planned, app: string): Answer {
  const answer = answerOf(app, fleet, plan, others);
  const { dropped } = fleet;
  return answer.kind === 'failure' || dropped === undefined ? answer : { ...answer, dropped };
}

function isFailure(answer: Planned | Failure | null): answer is Failure {
  return answer !== null && 'kind' in answer;
}

async function withinLimit<T>(
  server: Server,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | Failure> {
  try {
    return await withDeadline(clock, limitMs, signal, work);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DeadlineExceeded)) throw error;
    const message = `${server.name}: no answer for the fleet within ${formatDurationMs(limitMs)}`;
    return failure('source-timeout', message);
  }
}

async function askPlan(
  server: Server,
  plan: FleetPlan,
  signal: AbortSignal,
  clock: Clock,
): Promise<Planned | Failure> {
  const { otherwise } = plan;
  const constant = otherwise === null ? null : constantOf(otherwise.text);
  const isAsked = otherwise !== null && constant === null;
  const [fleet, shared] = await Promise.all([
    server.askFor(plan.query, (body, breathe) => parseFleetAnswer(body, plan, breathe), signal),
    isAsked ? server.askFor(otherwise.text, parseSharedAnswer, signal) : null,
  ]);
  if (fleet.kind === 'failure') return fleet;
  if (shared?.kind === 'failure') return shared;
  const atMs = fleet.atMs ?? clock.now();
  const fixed =
    constant === null ? [] : [{ labels: {}, read: { labels: {}, value: constant, atMs } }];
  return { plan, fleet, others: shared ?? { kind: 'shared', series: fixed } };
}

/** `vector(0)` need not be asked for. */
function constantOf(text: string): number | null {
  const number = /^\(*vector\(([-+]?\d+(?:\.\d+)?)\)+$/.exec(text.replaceAll(/\s/g, ''))?.[1];
  return number === undefined ? null : Number(number);
}
