/** Asks one query for the fleet, and tells each app what its own query would have said. */
import { DeadlineExceeded, withDeadline, type Clock } from '../../clock.js';
import { formatDurationMs } from '../../core/duration.js';
import type { Sample } from '../../core/sample.js';
import { tellEach, type Emit } from '../collection.js';
import { errorSample } from '../samples.js';
import { failure, type Answer, type Failure, type Series } from './answer.js';
import type { Server } from './ask.js';
import { answerOf, parseFleetAnswer, type FleetAnswer } from './fleet-answer.js';
import type { FleetPlan } from './plan/plan.js';
import type { Suspects } from './suspects.js';
import type { Way } from './way.js';

/** Emits for each app and resolves to null; or emits nothing, because the server refuses the fleet's query, and resolves to what it says. */
export type AskFleet = (
  server: Server,
  apps: readonly string[],
  emit: Emit,
  signal: AbortSignal,
) => Promise<Failure | null>;

/** What an app's answer is worth. `age`: the answer to the question of its age; null: nobody asked. */
export type Read = (app: string, answer: Answer, age: Answer | null, nowMs: number) => Sample;

interface Planned {
  readonly plan: FleetPlan;
  readonly fleet: FleetAnswer;
  readonly others: readonly Series[];
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
      if (isFailure(answer) && answer.code === 'source-query-invalid') return answer;
    }
    if (isFailure(value)) {
      for (const app of apps) emit(app, errorSample(value.code, value.message, clock.now()));
      return null;
    }
    const why = suspects?.judge(apps, value.fleet.byApp);
    await tellEach({ apps, clock, signal }, (app) => {
      const detail = why?.(app) ?? null;
      if (detail !== null) {
        emit(app, errorSample('source-suspect', detail, clock.now()));
        return;
      }
      const age = isFailure(timestamps) || timestamps === null ? timestamps : own(timestamps, app);
      emit(app, read(app, own(value, app), age, clock.now()));
    });
    return null;
  };
}

function own({ fleet, plan, others }: Planned, app: string): ReturnType<typeof answerOf> {
  return answerOf(app, fleet, plan, others);
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
  const { label, otherwise } = plan;
  const constant = otherwise === null ? null : constantOf(otherwise.text);
  const isAsked = otherwise !== null && constant === null;
  const [fleet, shared] = await Promise.all([
    server.askFor(plan.query, (body) => parseFleetAnswer(body, label), signal),
    isAsked ? server.ask(otherwise.text, signal) : null,
  ]);
  if (fleet.kind === 'failure') return fleet;
  if (shared?.kind === 'failure') return shared;
  const atMs = fleet.atMs ?? clock.now();
  const fixed = constant === null ? [] : [{ labels: {}, value: constant, atMs }];
  return { plan, fleet, others: shared?.series ?? fixed };
}

/** `vector(0)` need not be asked for. */
function constantOf(text: string): number | null {
  const number = /^\(*vector\(([-+]?\d+(?:\.\d+)?)\)+$/.exec(text.replaceAll(/\s/g, ''))?.[1];
  return number === undefined ? null : Number(number);
}
