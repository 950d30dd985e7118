/** The two requests of JetStream's API that we need (docs.nats.io/reference/reference-protocols/nats_api_reference). */
import { z } from 'zod';
import { parseJson } from '../../seams/large-json.js';
import { inSlices, type Breathe } from '../../seams/slices.js';

export interface StreamQuestion {
  readonly stream: string;
  /** Undefined: all messages. */
  readonly subject: string | undefined;
}

export interface Backlog {
  readonly pending: number;
  readonly ackPending: number;
}

/** Sends a request below the API's prefix and gives the text of the answer. */
export type Ask = (subject: string, body: string) => Promise<string>;

/** What the API refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    /** As of HTTP. */
    readonly status: number,
    readonly errorCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** The answer is not what the API answers. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

export const CONSUMER_NOT_FOUND = 10_014;
export const STREAM_NOT_FOUND = 10_059;

export function apiPrefix(domain: string | undefined): string {
  return domain === undefined ? '$JS.API' : `$JS.${domain}.API`;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const count = z.int().nonnegative();
const errorAnswer = z.object({
  error: z.object({
    code: z.number(),
    err_code: z.number().default(0),
    description: z.string().default(''),
  }),
});
const consumerAnswer = z.object({ num_pending: count, num_ack_pending: count });
const streamAnswer = z.object({
  total: count.optional(),
  state: z.object({
    messages: count,
    // A hundred thousand of them in one answer: they are looked at in slices.
    subjects: z.custom<Readonly<Record<string, unknown>>>(isObject).nullish(),
  }),
});

/** Rejects with `ApiError`, `BadAnswer`, or as `ask` does. */
export async function consumerBacklog(
  ask: Ask,
  stream: string,
  consumer: string,
  breathe: Breathe,
): Promise<Backlog> {
  const text = await ask(`CONSUMER.INFO.${stream}.${consumer}`, '');
  const answer = await parse(consumerAnswer, text, breathe);
  return { pending: answer.num_pending, ackPending: answer.num_ack_pending };
}

/** Rejects with `ApiError`, `BadAnswer`, or as `ask` does. */
export async function streamMessages(
  ask: Ask,
  { stream, subject }: StreamQuestion,
  breathe: Breathe,
): Promise<number> {
  const subjectOf = `STREAM.INFO.${stream}`;
  if (subject === undefined) {
    return (await parse(streamAnswer, await ask(subjectOf, ''), breathe)).state.messages;
  }
  let sum = 0;
  // The server lists the subjects in pages.
  for (let offset = 0; ;) {
    const body = JSON.stringify({ subjects_filter: subject, offset });
    const answer = await parse(streamAnswer, await ask(subjectOf, body), breathe);
    const counts = Object.values(answer.state.subjects ?? {});
    await inSlices(counts, breathe, (messages) => {
      const known = count.safeParse(messages);
      if (!known.success) throw new BadAnswer('the answer has a subject without a count');
      sum += known.data;
    });
    offset += counts.length;
    if (counts.length === 0 || offset >= (answer.total ?? 0)) return sum;
  }
}

async function parse<T>(schema: z.ZodType<T>, text: string, breathe: Breathe): Promise<T> {
  let json: unknown;
  try {
    json = await parseJson(text, breathe);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadAnswer('the answer is no JSON');
  }
  const refused = errorAnswer.safeParse(json);
  if (refused.success) {
    const { code, err_code, description } = refused.data.error;
    throw new ApiError(code, err_code, description);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new BadAnswer(`the answer lacks ${parsed.error.issues[0]?.path.join('.') ?? 'something'}`);
}
