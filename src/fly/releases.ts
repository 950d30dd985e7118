/** Reads of current releases: those asked for within the same few milliseconds share a request. */
import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { abortable, type Clock } from '../seams/clock.js';
import { AppError, type ErrorCode } from '../core/model/errors.js';
import type { Release } from '../core/model/machine.js';
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
/** So long no more are asked for at once than what was not too much: it may have been the server, and not the query. */
const SMALLER_MS = 10 * 60_000;

const GONE = 'fly-not-found';

export type ReadRelease = (app: string, signal: AbortSignal) => Promise<Release | null>;

interface Waiter {
  readonly signal: AbortSignal;
  readonly resolve: (release: Release | null) => void;
  readonly reject: (error: unknown) => void;
}

/** An app, and who wants its release. */
type Wish = readonly [app: string, waiters: Waiter[]];

export function createReleaseReader(transport: Transport, clock: Clock): ReadRelease {
  const releases = new Releases(transport, clock);
  return (app, signal) => releases.read(app, signal);
}

class Releases {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #gathered = new Map<string, Waiter[]>();
  #largest = LARGEST_BATCH;
  /** Monotonic time until which no more than `#largest` are asked for at once. */
  #largestUntilMs = 0;
  /** App -> monotonic time until which it is asked for by itself. */
  readonly #apart = new Map<string, number>();
  /** Counts batches that failed as a whole, so that not the same app is asked for first each time. */
  #probes = 0;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  // Async so that it rejects where it might throw: what a caller began beside it would be left with nobody waiting for it.
  async read(app: string, signal: AbortSignal): Promise<Release | null> {
    signal.throwIfAborted();
    return abortable(
      signal,
      new Promise((resolve, reject) => {
        if (this.#gathered.size === 0) void this.#clock.sleep(GATHER_MS).then(() => this.#send());
        const waiters = this.#gathered.get(app) ?? [];
        waiters.push({ signal, resolve, reject });
        this.#gathered.set(app, waiters);
      }),
    );
  }

  #send(): void {
    const nowMs = this.#clock.elapsedMs();
    for (const [app, untilMs] of this.#apart) if (untilMs <= nowMs) this.#apart.delete(app);
    if (this.#largestUntilMs <= nowMs) this.#largest = LARGEST_BATCH;
    const batch: Wish[] = [];
    for (const wish of this.#gathered) {
      if (this.#apart.has(wish[0])) void this.#apartFromOthers(wish);
      else batch.push(wish);
    }
    this.#gathered = new Map();
    for (let i = 0; i < batch.length; i += this.#largest)
      void this.#together(batch.slice(i, i + this.#largest));
  }

  async #together(batch: readonly Wish[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1) {
      await this.#alone(first);
      return;
    }
    const apps = batch.map(([app]) => app);
    const waiters = batch.flatMap(([, each]) => each);
    let outcomes: readonly Outcome[];
    try {
      outcomes = await whileAwaited(waiters, (s) => readBatch(this.#transport, apps, s));
    } catch (error) {
      await this.#parted(batch, error);
      return;
    }
    await Promise.all(
      batch.map(async (wish, index) => {
        const outcome = outcomes[index];
        // What failed for this app alone is asked for by itself, where it is tried again.
        if (outcome === undefined || outcome === 'failed') return this.#apartFromOthers(wish);
        for (const { resolve, reject } of wish[1]) {
          if (outcome instanceof AppError) reject(outcome);
          else resolve(outcome);
        }
      }),
    );
  }

  /**
   * A batch that failed as a whole: on account of its size, of one of its apps, or of the server. One app is asked for
   * first, to know: a server that answers nobody is not to be asked for each of them.
   */
  async #parted(batch: readonly Wish[], error: unknown): Promise<void> {
    const isTooMuch = isOneOf(TOO_MUCH, error);
    const probe = batch[this.#probes++ % batch.length];
    if (probe === undefined || !(isTooMuch || isOneOf(PERHAPS_OF_ONE, error))) {
      refuse(batch, error);
      return;
    }
    const rest = batch.filter((wish) => wish !== probe);
    const failure = await this.#alone(probe);
    if (failure !== null) refuse(rest, error);
    else if (isTooMuch) await this.#inHalves(rest);
    else await Promise.all(rest.map((wish) => this.#apartFromOthers(wish)));
  }

  async #inHalves(batch: readonly Wish[]): Promise<void> {
    const half = Math.ceil(batch.length / 2);
    this.#largest = Math.min(this.#largest, half);
    this.#largestUntilMs = this.#clock.elapsedMs() + SMALLER_MS;
    await Promise.all([this.#together(batch.slice(0, half)), this.#together(batch.slice(half))]);
  }

  /** Where others were answered: an app that is not is left out of batches. */
  async #apartFromOthers(wish: Wish): Promise<void> {
    const failure = await this.#alone(wish);
    const isApart = isOneOf(PERHAPS_OF_ONE, failure);
    if (isApart) this.#apart.set(wish[0], this.#clock.elapsedMs() + APART_MS);
  }

  /** Resolves to why there was no answer; null: there was one, if only that Fly knows no such app. */
  async #alone([app, waiters]: Wish): Promise<unknown> {
    try {
      const release = await whileAwaited(waiters, (signal) =>
        readCurrentRelease(this.#transport, app, signal),
      );
      this.#apart.delete(app);
      for (const { resolve } of waiters) resolve(release);
      return null;
    } catch (error) {
      for (const { reject } of waiters) reject(error);
      return error instanceof AppError && error.code === GONE ? null : error;
    }
  }
}

function refuse(batch: readonly Wish[], error: unknown): void {
  for (const [, waiters] of batch) for (const { reject } of waiters) reject(error);
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

/** `failed`: it could not be read, for no reason of the app's own. */
type Outcome = Release | null | AppError | 'failed';

/** One outcome for each app. Rejects when each would be `failed`. */
async function readBatch(
  transport: Transport,
  apps: readonly string[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const call = { what: `read releases of ${apps.length} apps`, isRead: true };
  const names = apps.map((_, index) => `$n${index}: String!`).join(', ');
  const fields = apps.map((_, index) => `a${index}: app(name: $n${index}) { ${RELEASE_FIELDS} }`);
  const variables = Object.fromEntries(apps.map((app, index) => [`n${index}`, app]));
  const query = `query(${names}) { ${fields.join(' ')} }`;
  const answer = await transport.graphqlBatch(call, query, variables, signal);
  const { data } = decode(batchSchema, call, answer);
  const errors = errorsByAlias(answer.json);
  const outcomes = apps.map((app, index): Outcome => {
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
  if (outcomes.every((outcome) => outcome === 'failed')) {
    throw flyError('fly-unavailable', `${call.what}: Fly could read none of them`);
  }
  return outcomes;
}

function releaseOf(what: string, app: unknown, answer: Answer): Release | null | AppError {
  const result = currentReleaseSchema.safeParse({ app });
  if (result.success) return result.data.app?.currentRelease ?? null;
  return badAnswer(
    { what, isRead: true },
    answer.response,
    'the release is not what Fly documents',
  );
}
