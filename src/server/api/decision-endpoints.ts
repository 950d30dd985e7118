import { z } from 'zod';
import { decisionJson } from '../../core/model/decision-json.js';
import { REASON_CODES } from '../../core/model/reason.js';
import type { DecisionOutline, DecisionQuery, RecordGap, RecordReader } from '../../seams/views.js';
import { appName } from './app-endpoints.js';
import { jsonEndpoint, type Endpoint } from './endpoint.js';
import type { ApiPorts } from './ports.js';
import { Refusal } from './refusal.js';
import { wholeJson } from './render.js';
import {
  actionKinds,
  decisionKind,
  named,
  nothing,
  storedDecision,
  time,
  timeText,
  wholeDecision,
} from './schemas.js';

const gap = z
  .strictObject({
    from: time,
    to: time,
    lost: z.number().nullable().describe('How many; null: nobody knows.'),
    why: z.string(),
  })
  .describe('Decisions that should have been stored and were not.');
named.add(gap, { id: 'Gap' });

const gaps = z.strictObject({ gaps: z.array(gap).describe('The oldest first.') });
named.add(gaps, { id: 'Gaps' });
export type Gaps = z.output<typeof gaps>;

const page = z.strictObject({
  decisions: z.array(storedDecision).describe('The newest first.'),
  gaps: z.array(gap).describe('Those that touch the time of this page, the oldest first.'),
  next: z.string().nullable().describe('`after` of the next page; null: this is the last.'),
});
named.add(page, { id: 'DecisionPage' });

export const filters = {
  policy: z.string().optional(),
  since: time.optional(),
  until: time.optional(),
  action: z.enum(actionKinds).optional().describe('Only decisions with an action of the kind.'),
  reason: z.enum(REASON_CODES).optional().describe('Only decisions with the reason.'),
  kind: decisionKind.optional(),
  limit: z.number().int().min(1).max(500).default(100).describe('Decisions on a page.'),
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/, { error: 'must be `next` of the page before' })
    .optional()
    .describe('`next` of the page before.'),
};
const ofApp = z.strictObject(filters);
const ofFleet = z.strictObject({ app: z.string().optional().describe('Exact name.'), ...filters });

export const decisionEndpoints: readonly Endpoint[] = [
  jsonEndpoint({
    method: 'GET',
    path: '/decisions',
    access: 'read',
    summary: 'Stored decisions of all apps.',
    details:
      'Stored are those that act, those whose reasons changed, and one for each app every 15 minutes.',
    params: nothing,
    query: ofFleet,
    body: nothing,
    answer: page,
    handle: (ports, { query: { app, ...rest } }) => answer(ports, app, rest),
  }),
  jsonEndpoint({
    method: 'GET',
    path: '/apps/{name}/decisions',
    access: 'read',
    summary: 'Stored decisions of one app, also of one that is gone.',
    params: appName,
    query: ofApp,
    body: nothing,
    answer: page,
    handle: (ports, { params: { name }, query }) => answer(ports, name, query),
  }),
  jsonEndpoint({
    method: 'GET',
    path: '/decisions/{id}',
    access: 'read',
    summary: 'One stored decision, with what it was decided on.',
    params: z.strictObject({ id: z.string().describe('As in a page of decisions.') }),
    query: nothing,
    body: nothing,
    answer: wholeDecision,
    handle: async ({ record }, { params: { id } }) => {
      if (record === null) return NO_RECORD;
      const found = /^\d{1,15}$/.test(id) ? await record.decision(Number(id)) : null;
      if (found !== null) return wholeJson(found);
      return new Refusal(404, `there is no decision ${id}, or none any more`, {
        hint: 'GET /api/v1/decisions lists them',
      });
    },
  }),
  jsonEndpoint({
    method: 'GET',
    path: '/gaps',
    access: 'read',
    summary: 'Times of which decisions are missing in the record.',
    params: nothing,
    query: z.strictObject({ since: filters.since, until: filters.until }),
    body: nothing,
    answer: gaps,
    handle: async ({ record }, { query }) => {
      if (record === null) return NO_RECORD;
      return { gaps: (await record.gaps(timesOf(query))).map(gapJson) };
    },
  }),
];

export const NO_RECORD = new Refusal(503, 'this autoscaler keeps no record of decisions', {
  hint: 'GET /api/v1/events tells them as they are made',
});

async function answer(
  { record }: ApiPorts,
  app: string | undefined,
  query: z.output<typeof ofApp>,
): Promise<z.output<typeof page> | Refusal> {
  if (record === null) return NO_RECORD;
  const asked = queryOf(app, query);
  // One more than asked for says whether there is a next page.
  const found = await record.decisions({ ...asked, limit: query.limit + 1 });
  const shown = found.slice(0, query.limit);
  const last = found.length > shown.length ? shown.at(-1) : undefined;
  const gaps = await record.gaps(spanOf(asked, last));
  return {
    decisions: shown.map((decision) => decisionJson(decision)),
    gaps: gaps.map(gapJson),
    next: last === undefined ? null : cursorText(last),
  };
}

export function cursorText({ atMs, id }: NonNullable<DecisionQuery['after']>): string {
  return `${atMs}-${id}`;
}

/** Undefined where there is none. */
export function cursorOf(text: string | undefined): DecisionQuery['after'] {
  const [atMs, id] = text?.split('-').map(Number) ?? [];
  return atMs === undefined || id === undefined ? undefined : { atMs, id };
}

function timesOf({
  since,
  until,
}: {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}): Pick<DecisionQuery, 'sinceMs' | 'untilMs'> {
  return {
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
  };
}

export function queryOf(
  app: string | undefined,
  { policy, since, until, action, reason, kind, after, limit }: z.output<typeof ofApp>,
): DecisionQuery {
  const last = cursorOf(after);
  return {
    ...(app === undefined ? {} : { app }),
    ...(policy === undefined ? {} : { policy }),
    ...timesOf({ since, until }),
    ...(action === undefined ? {} : { action }),
    ...(reason === undefined ? {} : { reason }),
    ...(kind === undefined ? {} : { kinds: [kind] }),
    ...(last && { after: last }),
    limit,
  };
}

/** From the last decision of a page to that of the page before. */
function spanOf(
  { sinceMs, untilMs, after }: DecisionQuery,
  last: DecisionOutline | undefined,
): Parameters<RecordReader['gaps']>[0] {
  const fromMs = last?.atMs ?? sinceMs;
  const toMs = after?.atMs ?? untilMs;
  return {
    ...(fromMs === undefined ? {} : { sinceMs: fromMs }),
    ...(toMs === undefined ? {} : { untilMs: toMs }),
  };
}

export function gapJson({ fromMs, toMs, lost, why }: RecordGap): z.output<typeof gap> {
  return { from: timeText(fromMs), to: timeText(toMs), lost, why };
}
