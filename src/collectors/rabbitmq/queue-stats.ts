/** What the management API's answers say of queues. Each queue is judged by itself: one that is odd is no other's trouble. */
import { z } from 'zod';
import type { HttpResponse } from '../../seams/http.js';
import { parseJson } from '../../seams/large-json.js';
import { inSlices, type Breathe } from '../../seams/slices.js';
import { statusMeaning } from '../shared/http/http-refusal.js';
import { refusal, type Reading, type Refusal } from './reading.js';
import type { RabbitmqSettings } from './settings.js';

type Count = RabbitmqSettings['count'];

const named = z.object({ name: z.string().min(1) });
const messages = z.int().nonnegative();
const MAX_WORDS = 10_000;

/** Counts are absent for a queue that the server has not looked at yet, and the rate where nothing was ever published. */
const statsShape = z.object({
  messages_ready: messages.optional(),
  messages_unacknowledged: messages.optional(),
  message_stats: z
    .object({
      publish: messages.optional(),
      publish_details: z.object({ rate: z.number().nonnegative() }).optional(),
    })
    .optional(),
});

export function columnsFor(count: Count): string {
  const columns = {
    ready: ['messages_ready'],
    unacked: ['messages_unacknowledged'],
    both: ['messages_ready', 'messages_unacknowledged'],
    rate: ['message_stats.publish', 'message_stats.publish_details.rate', 'messages_ready'],
  };
  return ['name', ...columns[count]].join(',');
}

/** Of the answer about one queue; `missing` where the server says that it does not exist, or its vhost. */
export async function readQueue(
  answer: HttpResponse,
  { name, count, breathe }: { name: string; count: Count; breathe: Breathe },
): Promise<Reading> {
  if (isObjectNotFound(answer)) return { kind: 'missing' };
  const json = await jsonIn(answer, breathe);
  if (json.kind === 'refusal') return json;
  const found = named.safeParse(json.value);
  if (!found.success || found.data.name !== name) {
    return refusal('source-bad-answer', `the answer is not that of queue ${name}`);
  }
  return readingOf(name, json.value, count);
}

/** Of the list of a vhost: what it says of each queue, by name. */
export async function readList(
  answer: HttpResponse,
  { count, breathe }: { count: Count; breathe: Breathe },
): Promise<(name: string) => Reading> {
  if (isObjectNotFound(answer)) {
    return () => refusal('source-query-invalid', 'there is no such vhost');
  }
  const json = await jsonIn(answer, breathe);
  if (json.kind === 'refusal') return () => json;
  if (!Array.isArray(json.value)) {
    return () => refusal('source-bad-answer', 'the answer is not a list of queues');
  }
  const byName = new Map<string, unknown[]>();
  let isOdd = false;
  await inSlices(json.value as readonly unknown[], breathe, (entry) => {
    const name = named.safeParse(entry).data?.name;
    const known = name === undefined ? undefined : byName.get(name);
    if (name === undefined) isOdd = true;
    else if (known === undefined) byName.set(name, [entry]);
    else known.push(entry);
  });
  return (name) => {
    const [first, ...others] = byName.get(name) ?? [];
    if (others.length > 0) return refusal('source-bad-answer', `queue ${name} is listed twice`);
    if (first !== undefined) return readingOf(name, first, count);
    // It may be the one that cannot be read.
    if (isOdd) return refusal('source-partial', 'the list has a queue without a name');
    return { kind: 'missing' };
  };
}

/** Whether the answer to the list of a vhost, or a page of it, is one. Null: it is. */
export async function listProblem(answer: HttpResponse, breathe: Breathe): Promise<Refusal | null> {
  if (isObjectNotFound(answer)) return refusal('source-query-invalid', 'there is no such vhost');
  const json = await jsonIn(answer, breathe);
  if (json.kind === 'refusal') return json;
  const isList = z.union([z.array(z.unknown()), z.object({ items: z.array(z.unknown()) })]);
  if (isList.safeParse(json.value).success) return null;
  return refusal('source-bad-answer', 'the answer is not a list of queues');
}

function readingOf(name: string, entry: unknown, count: Count): Reading {
  const parsed = statsShape.safeParse(entry);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? 'something';
    return refusal('source-bad-answer', `queue ${name}: ${where} is not what it should be`);
  }
  const { messages_ready: ready, messages_unacknowledged: unacked } = parsed.data;
  const { publish, publish_details: details } = parsed.data.message_stats ?? {};
  if (count === 'rate' && publish !== undefined && details === undefined) {
    return refusal('source-query-invalid', `queue ${name}: the server keeps no rates`);
  }
  const sum = ready === undefined || unacked === undefined ? undefined : ready + unacked;
  const rate = ready === undefined ? undefined : (details?.rate ?? 0);
  const value = { ready, unacked, both: sum, rate }[count];
  if (value !== undefined) return { kind: 'number', value };
  return refusal('source-partial', `queue ${name}: the server has no statistics of it yet`);
}

/** The server's own words, which a proxy's or a gateway's 404 does not have. It says the same of queues and of vhosts. */
function isObjectNotFound({ status, body }: HttpResponse): boolean {
  // What it says is short.
  if (status !== 404 || body.length > MAX_WORDS) return false;
  try {
    const said = z.object({ error: z.string() }).safeParse(JSON.parse(body));
    return said.success && /^(Object Not Found|not_found)$/i.test(said.data.error);
  } catch {
    return false;
  }
}

async function jsonIn(
  { status, body }: HttpResponse,
  breathe: Breathe,
): Promise<{ kind: 'json'; value: unknown } | Refusal> {
  if (status !== 200) {
    const { code, hint } = meaningOf(status);
    return refusal(code, `HTTP ${status}: ${hint}: ${body.includes('<') ? '' : body}`);
  }
  try {
    return { kind: 'json', value: await parseJson(body, breathe) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refusal('source-bad-answer', 'the answer is not a list of queues');
  }
}

function meaningOf(status: number): ReturnType<typeof statusMeaning> {
  const { code, hint } = statusMeaning(status);
  if (code === 'source-unauthorized')
    return { code, hint: `${hint}, or the user lacks the tag management` };
  if (code === 'source-query-invalid' || code === 'source-bad-answer')
    return { code: 'source-bad-answer', hint: 'no management API at this address' };
  return { code, hint };
}
