import { DeadlineExceeded, withDeadline, type Clock } from '../../../seams/clock.js';
import { formatDurationMs } from '../../../core/time/duration.js';
import type { Sample } from '../../../core/model/sample.js';
import { errorSample } from '../samples/samples.js';

export type Emit = (app: string, sample: Sample) => void;

export interface CollectionLimits {
  readonly clock: Clock;
  readonly limitMs: number;
  /** The server as it may be printed. */
  readonly serverName: string;
}

/**
 * What every collection does alike: each app hears once, a late answer finds nobody waiting,
 * and whoever has heard nothing at the deadline hears `source-timeout`. No app stands in `apps` twice.
 * Resolves to whether the deadline was met; rejects with the signal's reason, or as `work` does. A signal that aborts with
 * `DeadlineExceeded` is an earlier deadline: what hung is to be treated alike, by the connection too.
 */
export async function collectWithin(
  { clock, limitMs, serverName }: CollectionLimits,
  apps: readonly string[],
  emit: Emit,
  signal: AbortSignal,
  work: (emit: Emit, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const waiting = new Waiting(apps);
  const isOver = (): boolean => signal.aborted && !(signal.reason instanceof DeadlineExceeded);
  const emitOnce: Emit = (app, sample) => {
    if (!isOver() && waiting.take(app)) emit(app, sample);
  };
  try {
    await withDeadline(clock, limitMs, signal, (deadline) => work(emitOnce, deadline));
    return true;
  } catch (error) {
    if (isOver()) throw signal.reason;
    if (!(error instanceof DeadlineExceeded)) throw error;
    const message = `${serverName}: no answer within ${formatDurationMs(error.limitMs)}`;
    const sample = errorSample('source-timeout', message, clock.now());
    for (const app of waiting.rest()) emitOnce(app, sample);
    return false;
  }
}

/** Told in one turn of the event loop: a few milliseconds. */
const APPS_A_TURN = 500;
/** What is looked at for an app beyond its first, such as series, and takes as long as another app. */
const THINGS_AN_APP = 5;

/**
 * Tells each app of what came for all of them. Between two slices others have their turn: the first apps are acted on
 * while the last ones are still told. `tell` may say how many things it looked at. Rejects with the signal's reason.
 */
export async function tellEach(
  { apps, clock, signal }: Told,
  tell: (app: string) => void | Promise<number>,
): Promise<void> {
  let told = 0;
  for (const app of apps) {
    if (told >= APPS_A_TURN) {
      await clock.sleep(0, signal);
      told = 0;
    }
    const things = tell(app);
    const more = things === undefined ? 0 : Math.max(0, (await things) - 1);
    told += 1 + more / THINGS_AN_APP;
  }
}

interface Told {
  readonly apps: readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Apps of one collection that have heard nothing yet. Most sources answer for all apps in their order: then a count says who has heard. */
export class Waiting {
  readonly #apps: readonly string[];
  #heard = 0;
  /** Once one was out of order. */
  #others: Set<string> | null = null;

  constructor(apps: readonly string[]) {
    this.#apps = apps;
  }

  get isEmpty(): boolean {
    return this.#others === null ? this.#heard === this.#apps.length : this.#others.size === 0;
  }

  /** False when the app has heard already, or was not asked for. */
  take(app: string): boolean {
    if (this.#others === null && app === this.#apps[this.#heard]) {
      this.#heard += 1;
      return true;
    }
    this.#others ??= new Set(this.#apps.slice(this.#heard));
    return this.#others.delete(app);
  }

  rest(): Iterable<string> {
    return this.#others ?? this.#apps.slice(this.#heard);
  }
}
