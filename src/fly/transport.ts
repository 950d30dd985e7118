/** One call of Fly: its turn in the rate limit, its deadline, its retries, its errors. */
import type { z } from 'zod';
import { withDeadline, type Clock, type Random } from '../seams/clock.js';
import type { AppError } from '../core/model/errors.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../seams/http.js';
import { placeOf } from './answers/fields.js';
import { beforeSending } from '../seams/own-wait.js';
import { parseJson } from '../seams/large-json.js';
import { breather, type Breathe } from '../seams/slices.js';
import { badAnswer, errorOfFailure, errorOfStatus, type CallInfo } from './error-table.js';
import { graphqlError, wholeGraphqlError } from './graphql-errors.js';
import { createRateLimits, type LimitedAction } from './rate-limits.js';
import { createRedact } from './redact.js';
import { withRetry } from './retry.js';
import type { FlyToken } from './tokens.js';

export interface TransportOptions {
  readonly token: FlyToken;
  readonly machinesUrl: string;
  readonly apiUrl: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
}

export interface MachinesCall extends CallInfo {
  readonly method: HttpRequest['method'];
  /** Below /v1, with query string. */
  readonly path: string;
  readonly body?: unknown;
  /** The lease nonce of the machine that the call is about. */
  readonly nonce?: string | null;
  readonly action: LimitedAction;
  /** What the action's rate is counted by. */
  readonly limitKey: string;
}

/** A success: its JSON (undefined when it had no body), not yet checked for its shape. */
export interface Answer {
  readonly json: unknown;
  readonly response: HttpResponse;
}

export interface Transport {
  machines(call: MachinesCall, signal: AbortSignal): Promise<Answer>;
  /** Resolves when a call of the action may be sent at once by its rate. */
  free(action: LimitedAction, limitKey: string, signal: AbortSignal): Promise<void>;
  /** A query of GraphQL; it counts as a read. */
  graphql(
    call: CallInfo,
    query: string,
    variables: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer>;
  /** A query of several fields that may fail one by one: it is for the caller to look at the errors beside the data. */
  graphqlBatch: Transport['graphql'];
}

export function createTransport(options: TransportOptions): Transport {
  const { token, http, clock } = options;
  const machinesBase = `${options.machinesUrl.replace(/\/+$/, '')}/v1`;
  const graphqlUrl = `${options.apiUrl.replace(/\/+$/, '')}/graphql`;
  const redact = createRedact(token.parts);
  const limits = createRateLimits(clock);

  const exchange = async (
    call: CallInfo,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const response = await withDeadline(clock, options.requestTimeoutMs, signal, (inner) =>
      http(request, inner),
    ).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw errorOfFailure(call, error, redact);
    });
    if (response.status < 200 || response.status > 299) {
      throw errorOfStatus(call, response, clock.now(), redact);
    }
    return { json: await readJson(call, response, breather(clock, signal)), response };
  };

  const headers = (authorization: string, body: string | undefined): Record<string, string> => ({
    authorization,
    accept: 'application/json',
    'user-agent': options.userAgent,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  });

  const graphqlWith =
    (errorOf: typeof graphqlError): Transport['graphql'] =>
    (call, query, variables, signal) => {
      const body = JSON.stringify({ query, variables });
      const request: HttpRequest = {
        method: 'POST',
        url: graphqlUrl,
        headers: headers(token.graphqlHeader, body),
        body,
      };
      return withRetry(options, signal, true, async () => {
        const answer = await exchange(call, request, signal);
        // An overloaded server says so with HTTP 200 too, so this belongs to the attempt.
        const error = errorOf(call, answer.json, answer.response, redact);
        if (error !== null) throw error;
        return answer;
      });
    };

  return {
    free: (action, limitKey, signal) => limits.free(action, limitKey, signal),
    machines(call, signal) {
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const request: HttpRequest = {
        method: call.method,
        url: machinesBase + call.path,
        headers: {
          ...headers(token.machinesHeader, body),
          ...(call.nonce == null ? {} : { 'fly-machine-lease-nonce': call.nonce }),
        },
        ...(body === undefined ? {} : { body }),
      };
      return withRetry(options, signal, call.method === 'GET', async () => {
        await beforeSending(signal, () => limits.take(call.action, call.limitKey, signal));
        return exchange(call, request, signal);
      });
    },
    graphql: graphqlWith(graphqlError),
    graphqlBatch: graphqlWith(wholeGraphqlError),
  };
}

async function readJson(
  call: CallInfo,
  response: HttpResponse,
  breathe: Breathe,
): Promise<unknown> {
  if (response.body === '') return undefined;
  try {
    return await parseJson(response.body, breathe);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badAnswer(call, response, "Fly's answer is not JSON", true);
  }
}

/** The answer in the shape of the schema; `fly-bad-answer` with the first place that does not fit. */
export function decode<T>(schema: z.ZodType<T>, call: CallInfo, answer: Answer): T {
  const result = schema.safeParse(answer.json);
  if (result.success) return result.data;
  throw unlike(call, answer, placeOf(result.error), result.error.issues[0]?.message);
}

/** `place`: the field that does not fit, "" for the whole answer. */
export function unlike(
  call: CallInfo,
  { response }: Answer,
  place: string,
  problem = 'it cannot be read',
): AppError {
  const what = place === '' ? 'the answer' : `"${place}"`;
  return badAnswer(call, response, `${what} is not what Fly documents: ${problem}`);
}
