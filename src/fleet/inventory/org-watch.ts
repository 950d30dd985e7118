/** Reads the organization's machine list: whole now and then, and what changed since every few seconds. */
import { withDeadline, type Clock, type Random } from '../../seams/clock.js';
import { AppError } from '../../core/model/errors.js';
import type { ListedMachine } from '../../core/model/machine.js';
import { isGone } from '../../core/machines/states.js';
import { flyError } from '../base/failure.js';
import { ServerTime } from './server-time.js';
import type { FlyReader, OrgListQuery, OrgMachinesPage } from '../../seams/fly.js';
import type { Recorder } from '../../seams/events.js';

/** Between two polls at least; and a little, drawn, so that several instances come apart. */
const POLL_MS = 5000;
/** Changes show late by seconds: each poll goes back so far beyond the one before. */
const OVERLAP_MS = 60_000;
const RESYNC_MS = 30 * 60_000;
/** After so long without a poll the list is read whole. */
const LONGEST_GAP_MS = 5 * 60_000;
/** After so long without a complete answer nothing is known of changes. */
const BLIND_AFTER_MS = 60_000;
/** A list that is back is heard of as soon as a change would be. */
const LONGEST_RETRY_MS = POLL_MS;
/** A refusal may be taken back: a token may be replaced, a server mended. */
const AGAIN_AFTER_REFUSAL_MS = 10 * 60_000;
/** So often in a row a list may be found where it was. */
const MOST_REPEATS = 10;
/** Not allowed with this token, or not known to this server. */
const REFUSED = new Set([403, 404, 405, 501]);

export interface OrgWatchOptions {
  readonly fly: FlyReader;
  readonly org: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  /** Limit of one page. */
  readonly timeoutMs: number;
}

export interface OrgWatchHooks {
  /** A machine as the list has it. True when that was news. */
  hear(listed: ListedMachine, signal: AbortSignal): boolean;
  /** The whole list was heard: how many machines of each app live. Resolves to how many apps that was news of. */
  heardAll(living: ReadonlyMap<string, number>, signal: AbortSignal): number;
  onRefusal(isRefused: boolean): void;
}

const NO_REGIONS: ReadonlySet<string> = new Set();

export class OrgWatch {
  readonly #options: OrgWatchOptions;
  readonly #hooks: OrgWatchHooks;
  readonly #time: ServerTime;
  #errorRegions = NO_REGIONS;
  #isRefused = false;
  /** Monotonic time at which the last complete poll began; null: none was. */
  #toldAtMs: number | null = null;
  /** Monotonic time at which the last page came. */
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Rounds that failed, one after another. */
  #failures = 0;
  #nextPollAtMs = Number.NEGATIVE_INFINITY;
  #nextResyncAtMs = Number.NEGATIVE_INFINITY;
  #noteHeard: () => void = () => undefined;
  /** Resolves when the list was read whole, or is refused. */
  readonly heard = new Promise<void>((resolve) => {
    this.#noteHeard = resolve;
  });
  /** Machine -> what the last polls said of it: with the overlap everything is told many times. */
  #told = new Map<string, string>();

  constructor(options: OrgWatchOptions, hooks: OrgWatchHooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.#time = new ServerTime(options.clock);
  }

  /** `told`: changes are heard of within seconds. `blind`: for now nobody knows. `refused`: there is no such list for us. */
  get mode(): 'told' | 'blind' | 'refused' {
    if (this.#isRefused) return 'refused';
    // The newest changes are on the last page. Only while the first list comes, each page is progress: not while it
    // begins again, for it may get no further than before.
    const progressAtMs = this.#failures === 0 ? this.#answeredAtMs : Number.NEGATIVE_INFINITY;
    const ageMs = this.#options.clock.elapsedMs() - (this.#toldAtMs ?? progressAtMs);
    return ageMs < BLIND_AFTER_MS ? 'told' : 'blind';
  }

  /** Regions that the newest answer lacks. */
  get errorRegions(): ReadonlySet<string> {
    return this.#errorRegions;
  }

  async keep(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      const isDone = await this.#round(signal);
      if (isDone || this.#isRefused) this.#noteHeard();
      if (signal.aborted) return;
      this.#failures = isDone ? 0 : this.#failures + 1;
      const waitMs = this.#isRefused
        ? AGAIN_AFTER_REFUSAL_MS * (1 + 0.2 * random.next())
        : isDone
          ? this.#nextPollAtMs - clock.elapsedMs()
          : Math.min(LONGEST_RETRY_MS, 1000 * 2 ** (this.#failures - 1)) *
            (1 + 0.2 * random.next());
      await clock.sleep(Math.max(0, waitMs), signal).catch(() => undefined);
    }
  }

  /** False when it failed, which is told. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { clock, recorder } = this.#options;
    try {
      const toldAtMs = this.#toldAtMs ?? Number.NEGATIVE_INFINITY;
      const gapMs = clock.elapsedMs() - toldAtMs;
      const isWhole = gapMs > LONGEST_GAP_MS || clock.elapsedMs() >= this.#nextResyncAtMs;
      await (isWhole ? this.#resync(signal) : this.#poll(toldAtMs, signal));
      this.#refuse(false);
      return true;
    } catch (thrown) {
      if (signal.aborted) return false;
      const error = flyError(thrown);
      const isRefusal = isRefused(error);
      const wasRefused = this.#isRefused;
      this.#refuse(isRefusal);
      if (isRefusal && wasRefused) return false;
      const ageMs = this.#toldAtMs === null ? null : clock.elapsedMs() - this.#toldAtMs;
      recorder.fleet({ kind: 'machine-list-failed', isRefused: isRefusal, error, ageMs });
      return false;
    }
  }

  #refuse(isRefused: boolean): void {
    this.#isRefused = isRefused;
    this.#hooks.onRefusal(isRefused);
  }

  /** All of it. Polls go on between the pages, which a large organization has many of. */
  async #resync(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const beganAtMs = clock.elapsedMs();
    const living = new Map<string, number>();
    const regions = new Set<string>();
    let machines = 0;
    let news = 0;
    for await (const page of this.#pages(null, signal)) {
      for (const region of page.errorRegions) regions.add(region);
      for (const listed of page.machines) {
        machines += 1;
        if (!isGone(listed)) living.set(listed.app, (living.get(listed.app) ?? 0) + 1);
        if (this.#hooks.hear(listed, signal)) news += 1;
      }
      const isDue = clock.elapsedMs() >= this.#nextPollAtMs;
      if (this.#toldAtMs !== null && isDue) await this.#poll(this.#toldAtMs, signal);
    }
    this.#errorRegions = regions;
    news += this.#hooks.heardAll(living, signal);
    this.#nextResyncAtMs = beganAtMs + RESYNC_MS * (0.75 + 0.5 * random.next());
    this.#tell(true, machines, news);
    // The first may have taken minutes, and does not tell what changed on pages that had come.
    if (this.#toldAtMs === null) await this.#poll(beganAtMs, signal);
  }

  /** What has changed since that monotonic time. */
  async #poll(lastAtMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const beganAtMs = clock.elapsedMs();
    const sinceMs = this.#time.atMost(lastAtMs) - OVERLAP_MS;
    const regions = new Set<string>();
    const told = new Map<string, string>();
    let machines = 0;
    let news = 0;
    for await (const page of this.#pages(sinceMs, signal)) {
      for (const region of page.errorRegions) regions.add(region);
      for (const listed of page.machines) {
        machines += 1;
        const text = `${listed.updatedAtMs} ${listed.state} ${listed.version}`;
        // Of one without an id all that is known is its app.
        const key = listed.id === '' ? `of ${listed.app}` : listed.id;
        told.set(key, text);
        if (this.#told.get(key) === text) continue;
        if (this.#hooks.hear(listed, signal)) news += 1;
      }
    }
    // What changed in a region while it could not be read may be older than the overlap reaches.
    const isHealed = [...this.#errorRegions].some((region) => !regions.has(region));
    if (isHealed) this.#nextResyncAtMs = Math.min(this.#nextResyncAtMs, clock.elapsedMs());
    this.#told = told;
    this.#errorRegions = regions;
    this.#toldAtMs = beganAtMs;
    this.#nextPollAtMs = clock.elapsedMs() + POLL_MS * (1 + 0.2 * random.next());
    this.#tell(false, machines, news);
  }

  #tell(isWhole: boolean, machines: number, news: number): void {
    const errorRegions = [...this.#errorRegions];
    this.#options.recorder.fleet({ kind: 'machine-list', isWhole, machines, news, errorRegions });
  }

  async *#pages(sinceMs: number | null, signal: AbortSignal): AsyncGenerator<OrgMachinesPage> {
    for await (const page of orgPages(this.#options, sinceMs, signal)) {
      this.#answeredAtMs = this.#options.clock.elapsedMs();
      this.#time.note(page);
      yield page;
    }
  }
}

/** The list is not for us: asking again at once leads to nothing. */
export function isRefused(error: unknown): boolean {
  return error instanceof AppError && REFUSED.has(error.status ?? 0);
}

/** To the last page: only a missing cursor ends the list. `sinceMs`: what has changed since, by Fly's clock; null: all. */
export async function* orgPages(
  { fly, org, clock, timeoutMs }: Pick<OrgWatchOptions, 'fly' | 'org' | 'clock' | 'timeoutMs'>,
  sinceMs: number | null,
  signal: AbortSignal,
): AsyncGenerator<OrgMachinesPage> {
  const seen = new Set<string>();
  let repeats = 0;
  for (let cursor: string | null = null; ;) {
    const query: OrgListQuery = {
      updatedAfterMs: sinceMs,
      cursor,
      includeDeleted: sinceMs !== null,
    };
    const page: OrgMachinesPage = await withDeadline(clock, timeoutMs, signal, (s) =>
      fly.listOrgMachines(org, query, s),
    );
    yield page;
    cursor = page.nextCursor;
    if (cursor === null) return;
    // An empty page may stand for a server that was not ready yet: it is asked again from where it was.
    repeats = seen.has(cursor) ? repeats + 1 : 0;
    if (repeats > MOST_REPEATS) throw endless(org);
    seen.add(cursor);
  }
}

function endless(org: string): AppError {
  const message = `list machines of the organization ${org}: the pages of the list do not end`;
  return new AppError('fly-bad-answer', message, { owner: 'remote', isRetryable: true });
}
