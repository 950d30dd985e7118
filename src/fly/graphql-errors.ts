/** What Fly's GraphQL says went wrong; it says so with HTTP 200. */
import { z } from 'zod';
import type { AppError, ErrorCode } from '../core/model/errors.js';
import { badAnswer, excerpt, flyError, type CallInfo } from './error-table.js';
import type { Redact } from './redact.js';
import type { HttpResponse } from '../seams/http.js';

const errorsSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      // One that cannot be read is an error all the same, of no field in particular.
      z
        .object({
          message: z.string().catch(''),
          path: z
            .array(z.union([z.string(), z.number()]))
            .nullish()
            .catch(null),
          extensions: z.object({ code: z.string().nullish() }).nullish().catch(null),
        })
        .catch({ message: '' }),
    )
    .nullish(),
});

/** Matched on code and message, separated by a blank; the first that fits decides. */
const RULES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/NOT_FOUND|could not find/i, 'fly-not-found'],
  [/UNAUTHORIZED|UNAUTHENTICATED|authenticated|token/i, 'fly-unauthorized'],
  [/FORBIDDEN|not authorized|not allowed|permission/i, 'fly-forbidden'],
  [/rate limit|too many requests|throttled/i, 'fly-rate-limited'],
];

/**
 * The error that an answer tells of; null when it tells of none. Data beside an error is not used:
 * a release that could not be read must not look like an app without one.
 */
export function graphqlError(
  call: CallInfo,
  json: unknown,
  response: HttpResponse,
  redact: Redact,
): AppError | null {
  const result = errorsSchema.safeParse(json);
  if (!result.success) return badAnswer(call, response, 'the answer is not one of GraphQL');
  const { errors, data } = result.data;
  const first = errors?.[0];
  if (first === undefined) return null;
  // Without any data the query itself was refused; with some of it, the server failed at the rest.
  const code = codeOfGraphql(first, data == null ? 'fly-bad-request' : 'fly-unavailable');
  const requestId = response.headers['fly-request-id'];
  return flyError(code, `${call.what}: Fly answered: ${excerpt(first.message, redact)}`, {
    status: response.status,
    ...(requestId === undefined ? {} : { requestId }),
  });
}

type GraphqlError = NonNullable<z.infer<typeof errorsSchema>['errors']>[number];

export function codeOfGraphql(
  { extensions, message }: GraphqlError,
  otherwise: ErrorCode = 'fly-unavailable',
): ErrorCode {
  const text = `${extensions?.code ?? ''} ${message}`;
  return RULES.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;
}

/** The error of an answer without any data; null when there is some, whatever is missing beside it. */
export function wholeGraphqlError(
  call: CallInfo,
  json: unknown,
  response: HttpResponse,
  redact: Redact,
): AppError | null {
  const result = errorsSchema.safeParse(json);
  const hasData = result.success && result.data.data != null;
  return hasData ? null : graphqlError(call, json, response, redact);
}

/** The first error of each field of the query, by its alias; null: of no field in particular. */
export function errorsByAlias(json: unknown): ReadonlyMap<string | null, GraphqlError> {
  const errors = new Map<string | null, GraphqlError>();
  for (const error of errorsSchema.parse(json).errors ?? []) {
    const [alias] = error.path ?? [];
    const key = typeof alias === 'string' ? alias : null;
    if (!errors.has(key)) errors.set(key, error);
  }
  return errors;
}
