/** Reads of current releases: those asked for within the same few milliseconds share a request. */
import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { abortable, type Clock } from '../clock.js';
import { AppError, type ErrorCode } from '../core/errors.js';
import type { Release } from '../core/machine.js';
import { currentReleaseSchema } from './answers/release.js';
import { badAnswer, flyError } from './error-table.js';
import { RELEASE_FIELDS, readCurrentRelease } from './graphql.js';
import { codeOfGraphql, errorsByAlias } from './graphql-errors.js';
import { decode, type Answer, type Transport } from './transport.js';

/** So long a read waits for others: little beside the request itself. */
const GATHER_MS = 5;
/** Limits of a query's size are not documented; so many are known to work. */
const LARGEST_BATCH = 50;
/** Answers that say that the query as a whole was too much. */
const TOO_MUCH: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['fly-bad-request', 'fly-bad-answer']);

/** Answers, or none, that may be on account of one app among them. */
const PERHAPS_OF_ONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'fly-timeout',
  'fly-unavailable',
]);
/** So long an app that was not answered by itself either is left out of what others wait for. */
const APART_MS = 10 * 60_000;

export type ReadRelease = (app: string, signal: AbortSignal) => Promise<Release | null>;

interface Waiter {
  readonly signal: AbortSignal;
  readonly resolve: (release: Release | null) => void;
  readonly reject: (error: unknown) => void;
}

type Waiters = Map<string, Waiter[]>;

export function createReleaseReader(transport: Transport, clock: Clock): ReadRelease {
  let gathered: Waiters = new Map();
  let largest = LARGEST_BATCH;
  /** App -> monotonic time until which it is asked for by itself. */
  const apart = new Map<string, number>();

  const alone = async (app: string, waiters: readonly Waiter[]): Promise<void> => {
    try {
      const release = await whileAwaited(waiters, (signal) =>
        readCurrentRelease(transport, app, signal),
      );
      apart.delete(app);
      for (const { resolve } of waiters) resolve(release);
    } catch (error) {
      if (isOneOf(PERHAPS_OF_ONE, error)) apart.set(app, clock.elapsedMs() + APART_MS);
      for (const { reject } of waiters) reject(error);
    }
  };

  const together = async (batch: readonly (readonly [string, Waiter[]])[]): Promise<void> => {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) return alone(...first);
    const apps = batch.map(([app]) => app);
    const waiters = batch.flatMap(([, each]) => each);
    try {
      const outcomes = await whileAwaited(waiters, (signal) => readBatch(transport, apps, signal));
      await Promise.all(
        batch.map(async ([app, each], index) => {
          const outcome = outcomes[index];
          // What failed for this app alone is asked for by itself, where it is tried again.
          if (outcome === undefined || outcome === 'failed') return alone(app, each);
          for (const { resolve, reject } of each) {
            if (outcome instanceof AppError) reject(outcome);
            else resolve(outcome);
          }
        }),
      );
    } catch (error) {
      if (isOneOf(PERHAPS_OF_ONE, error)) {
        await Promise.all(batch.map(([app, each]) => alone(app, each)));
        return;
      }
      if (!isOneOf(TOO_MUCH, error)) {
        for (const { reject } of waiters) reject(error);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      largest = Math.max(1, Math.min(largest, half));
      await Promise.all([together(batch.slice(0, half)), together(batch.slice(half))]);
    }
  };

  const send = (): void => {
    for (const [app, untilMs] of apart) if (untilMs <= clock.elapsedMs()) apart.delete(app);
    const batch = [...gathered].filter(([app]) => !apart.has(app));
    for (const [app, waiters] of gathered) if (apart.has(app)) void alone(app, waiters);
    gathered = new Map();
    for (let i = 0; i < batch.length; i += largest) void together(batch.slice(i, i + largest));
  };

  // Async so that it rejects where it might throw: what a caller began beside it would be left with nobody waiting for it.
  return async (app, signal) => {
    signal.throwIfAborted();
    return abortable(
      signal,
      new Promise((resolve, reject) => {
        if (gathered.size === 0) void clock.sleep(GATHER_MS).then(send);
        const waiters = gathered.get(app) ?? [];
        waiters.push({ signal, resolve, reject });
        gathered.set(app, waiters);
      }),
    );
  };
}

function isOneOf(codes: ReadonlySet<ErrorCode>, error: unknown): boolean {
  return error instanceof AppError && codes.has(error.code);
}

/** Runs `work` with a signal that aborts when nobody waits for it any more. */
async function whileAwaited<T>(
  waiters: readonly Waiter[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const check = (): void => {
    const [first] = waiters;
    if (waiters.every(({ signal }) => signal.aborted)) controller.abort(first?.signal.reason);
  };
  check();
  for (const { signal } of waiters) signal.addEventListener('abort', check);
  try {
    return await work(controller.signal);
  } finally {
    for (const { signal } of waiters) signal.removeEventListener('abort', check);
  }
}

const batchSchema = z.object({ data: z.record(z.string(), z.unknown()) });

/** One outcome for each app; `failed`: this one could not be read, for no reason of the app's own. */
async function readBatch(
  transport: Transport,
  apps: readonly string[],
  signal: AbortSignal,
): Promise<readonly (Release | null | AppError | 'failed')[]> {
  const call = { what: `read releases of ${apps.length} apps`, isRead: true };
  const names = apps.map((_, index) => `$n${index}: String!`).join(', ');
  const fields = apps.map((_, index) => `a${index}: app(name: $n${index}) { ${RELEASE_FIELDS} }`);
  const variables = Object.fromEntries(apps.map((app, index) => [`n${index}`, app]));
  const query = `query(${names}) { ${fields.join(' ')} }`;
  const answer = await transport.graphqlBatch(call, query, variables, signal);
  const { data } = decode(batchSchema, call, answer);
  const errors = errorsByAlias(answer.json);
  return apps.map((app, index) => {
    const alias = `a${index}`;
    const what = `read release of ${app}`;
    const own = errors.get(alias);
    // An error that names no field may be about any of them.
    const isFailed = own === undefined ? errors.has(null) : codeOfGraphql(own) !== GONE;
    if (isFailed) return 'failed';
    if (own !== undefined || data[alias] === null) {
      return flyError(GONE, `${what}: Fly knows no such app`);
    }
    return releaseOf(what, data[alias], answer);
  });
}

const GONE = 'fly-not-found';

function releaseOf(what: string, app: unknown, answer: Answer): Release | null | AppError {
  const result = currentReleaseSchema.safeParse({ app });
  if (result.success) return result.data.app?.currentRelease ?? null;
  return badAnswer(
    { what, isRead: true },
    answer.response,
    'the release is not what Fly documents',
  );
}
