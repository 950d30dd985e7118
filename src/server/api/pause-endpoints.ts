import { z } from 'zod';
import { parseDurationMs } from '../../core/time/duration.js';
import type { Pause } from '../../core/model/orders.js';
import type { Caller } from './access.js';
import { appName } from './app-endpoints.js';
import { jsonEndpoint, type Endpoint } from './endpoint.js';
import type { ApiPorts } from './ports.js';
import { Refusal } from './refusal.js';
import { matcherOf, pauseFinder, pauseJson } from './render.js';
import {
  anyAppPattern,
  appPattern,
  areAllKnown,
  isDurable,
  named,
  nothing,
  pause,
  pauseMode,
  time,
} from './schemas.js';
import type { PauseOrder } from '../../seams/operator.js';

const MOST_MACHINES = 100_000;
/** Each pass looks at all of them, for each app. */
const MOST_PAUSES = 1000;
/** Further ahead, dates end. */
const LONGEST_MS = 10 * 366 * 86_400_000;

const policyName = z.string().nullable().default(null).describe('Null: every policy.');
const pattern = appPattern.nullable().describe('Name or pattern; null: every app.');
const madeFor = anyAppPattern.nullable().describe('Name or pattern; null: every app.');

const pauseTerms = {
  policy: policyName,
  mode: pauseMode.default('all'),
  count: z
    .number()
    .int()
    .min(0)
    .max(MOST_MACHINES)
    .optional()
    .describe('With `at`, and only then.'),
  for: z.string().optional().describe('How long it lasts, such as `2h30m`.'),
  until: time
    .optional()
    .describe('When it ends. Without `for` and `until` it lasts until it is resumed.'),
  reason: z.string().max(500).default('').describe('For those who wonder.'),
};
const terms = z.strictObject(pauseTerms);
type Terms = z.output<typeof terms>;

const begun = z.strictObject({
  pause,
  apps: z.number().describe('Apps of the fleet that it is for now.'),
  isDurable,
});
const ended = z.strictObject({
  ended: z.array(pause),
  pauses: z.array(pause).describe('What is still paused, of what was asked for.'),
});
const all = z.strictObject({
  pauses: z.array(pause).describe('The newest first.'),
  isDurable,
  areAllKnown,
});
export type Begun = z.output<typeof begun>;
export type Ended = z.output<typeof ended>;
export type AllPauses = z.output<typeof all>;
named.add(begun, { id: 'Paused' });
named.add(ended, { id: 'Resumed' });
named.add(all, { id: 'Pauses' });

export const pauseEndpoints: readonly Endpoint[] = [
  jsonEndpoint({
    method: 'GET',
    path: '/pauses',
    access: 'read',
    summary: 'What is paused.',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: all,
    handle: ({ operator, isStateDurable }) => ({
      pauses: operator.pauses().map(pauseJson),
      isDurable: isStateDurable,
      areAllKnown: operator.arePausesKnown(),
    }),
  }),
  jsonEndpoint({
    method: 'POST',
    path: '/pause',
    access: 'change',
    summary: 'Pauses the apps of a pattern, or all.',
    details: 'Pauses that are for the same app add up; of several `at` the newest holds.',
    params: nothing,
    query: nothing,
    body: z.strictObject({ app: pattern, ...pauseTerms }),
    answer: begun,
    handle: (ports, { body: { app, ...rest }, caller }) => begin(ports, app, rest, caller),
  }),
  jsonEndpoint({
    method: 'POST',
    path: '/resume',
    access: 'change',
    summary:
      'Ends the pauses that were made for exactly this name or pattern; `app` null: all pauses.',
    params: nothing,
    query: nothing,
    body: z.strictObject({ app: madeFor, policy: policyName }),
    answer: ended,
    handle: (ports, { body: { app, policy }, caller }) => end(ports, app, policy, caller),
  }),
  jsonEndpoint({
    method: 'POST',
    path: '/apps/{name}/pause',
    access: 'change',
    summary: 'Pauses one app, whether it is in the fleet yet or not.',
    params: appName,
    query: nothing,
    body: terms,
    answer: begun,
    handle: (ports, { params: { name }, body, caller }) =>
      refuseName(name) ?? begin(ports, name, body, caller),
  }),
  jsonEndpoint({
    method: 'POST',
    path: '/apps/{name}/resume',
    access: 'change',
    summary: 'Ends the pauses of one app.',
    details: 'Those of a pattern that is for it too stay: they are in `pauses` of the answer.',
    params: appName,
    query: nothing,
    body: z.strictObject({ policy: policyName }),
    answer: ended,
    handle: (ports, { params: { name }, body: { policy }, caller }) =>
      refuseName(name) ?? end(ports, name, policy, caller),
  }),
];

function refuseName(name: string): Refusal | null {
  if (/^[a-z0-9-]+$/.test(name)) return null;
  return new Refusal(400, `"${name}" is no name of an app`, {
    hint: 'POST /api/v1/pause and /api/v1/resume take patterns',
  });
}

async function begin(
  ports: ApiPorts,
  app: string | null,
  given: Terms,
  caller: Caller,
): Promise<z.output<typeof begun> | Refusal> {
  const order = orderOf(ports, app, given);
  if (order instanceof Refusal) return order;
  if (ports.operator.pauses().length >= MOST_PAUSES) return TOO_MANY;
  const made = await ports.operator.pause(order);
  tell(ports, caller, { kind: 'pause', pause: made });
  const isFor = matcherOf(app);
  const apps = ports.view.names(null, ports.view.size).filter(isFor).length;
  return { pause: pauseJson(made), apps, isDurable: ports.isStateDurable };
}

async function end(
  ports: ApiPorts,
  app: string | null,
  policy: string | null,
  caller: Caller,
): Promise<z.output<typeof ended> | Refusal> {
  const refusal = refusePolicy(ports, policy);
  if (refusal !== null) return refusal;
  const over = await ports.operator.resume(app, policy);
  tell(ports, caller, { kind: 'resume', app, policy, ended: over });
  return {
    ended: over.map(pauseJson),
    pauses: stillFor(ports.operator.pauses(), app, policy).map(pauseJson),
  };
}

/** What still holds the app, or an app of the pattern as far as names can tell. */
function stillFor(
  pauses: readonly Pause[],
  app: string | null,
  policy: string | null,
): readonly Pause[] {
  const ofApp = app === null || app.includes('*') ? pauses : pauseFinder(pauses)(app);
  return ofApp.filter((each) => policy === null || each.policy === null || each.policy === policy);
}

function orderOf(ports: ApiPorts, app: string | null, given: Terms): PauseOrder | Refusal {
  const { mode, count, policy, reason } = given;
  const refusal = refusePolicy(ports, policy);
  if (refusal !== null) return refusal;
  if ((mode === 'at') !== (count !== undefined)) {
    return unusable('`count` belongs to the mode `at`, which needs it');
  }
  const untilMs = endOf(given, ports.clock.now());
  if (untilMs instanceof Refusal) return untilMs;
  return { app, policy, mode, count: count ?? null, reason, untilMs };
}

/** Null: it has none. */
function endOf(given: Terms, nowMs: number): number | null | Refusal {
  if (given.for === undefined && given.until === undefined) return null;
  if (given.for !== undefined && given.until !== undefined) {
    return unusable('`for` and `until` exclude each other');
  }
  const endMs =
    given.until === undefined ? afterDuration(given.for ?? '', nowMs) : Date.parse(given.until);
  if (Number.isNaN(endMs)) return unusable('`for` must be a duration such as 2h');
  if (endMs <= nowMs) {
    return unusable(
      given.until === undefined ? '`for` must be above zero' : '`until` must be in the future',
    );
  }
  if (endMs - nowMs > LONGEST_MS) return unusable('that is more than ten years: leave the end out');
  return endMs;
}

/** NaN when it is none. */
function afterDuration(text: string, nowMs: number): number {
  try {
    return nowMs + Math.round(parseDurationMs(text));
  } catch {
    return Number.NaN;
  }
}

function refusePolicy({ policies }: ApiPorts, policy: string | null): Refusal | null {
  if (policy === null || policies().includes(policy)) return null;
  return new Refusal(400, `there is no policy "${policy}"`, {
    hint: `the policies are ${policies().join(', ')}`,
  });
}

const TOO_MANY = new Refusal(400, `there are ${MOST_PAUSES} pauses already`, {
  hint: 'end some of them, or pause apps by a pattern',
});

function unusable(error: string): Refusal {
  return new Refusal(400, error, { hint: 'see POST /pause in /api/v1/openapi.json' });
}

function tell(
  ports: ApiPorts,
  caller: Caller,
  order: Parameters<ApiPorts['onOrder']>[0]['order'],
): void {
  ports.onOrder({ kind: 'operator', by: caller === 'socket' ? 'socket' : 'admin-token', order });
}
