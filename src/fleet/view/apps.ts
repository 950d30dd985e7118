import { abortable, withDeadline } from '../../seams/clock.js';
import { NO_OVERRIDES } from '../../core/model/overrides.js';
import { literalApps, type Policy } from '../../core/model/policy.js';
import type { Reason } from '../../core/model/reason.js';
import { flyError } from '../base/failure.js';
import type { FleetOptions } from '../base/options.js';
import { PolicyMatcher, type PolicyMatch } from '../../core/model/policy-match.js';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** A list without the app counts as a sign only the second time: lists lag, and one of them may be wrong. */
const LEAVES_AFTER_LISTS = 2;

interface Member {
  readonly match: PolicyMatch;
  /** Named in full by a policy, so that it needs no list and never leaves. */
  readonly isLiteral: boolean;
  missedLists: number;
}

interface Listed {
  readonly names: readonly string[];
  /** False: the list has apps whose names cannot be read. */
  readonly isWhole: boolean;
}

const NO_APPS: Listed = { names: [], isWhole: true };

const NOTHING: readonly Reason[] = [];

/** The apps of the fleet, and which policies are for each. */
export class Apps {
  readonly #options: FleetOptions;
  readonly #matcher: PolicyMatcher;
  readonly #literals: ReadonlySet<string>;
  readonly #needsList: boolean;
  readonly #onLeave: (app: string) => void;
  readonly #members = new Map<string, Member>();
  #listedAtMs: number | null = null;
  #hasToldUnused = false;
  #firstListCame: () => void = () => undefined;
  readonly #firstList = new Promise<void>((resolve) => {
    this.#firstListCame = resolve;
  });

  constructor(options: FleetOptions, onLeave: (app: string) => void) {
    this.#options = options;
    this.#onLeave = onLeave;
    const { policies, overrides, ownApp } = options;
    this.#matcher = new PolicyMatcher(policies, overrides ?? NO_OVERRIDES, ownApp);
    const literals = options.policies.map((policy) => literalApps(policy.apps));
    this.#literals = new Set(literals.flatMap((names) => names ?? []));
    this.#needsList = literals.includes(null);
  }

  /** Rises when an app comes or leaves. */
  revision = 0;

  current(): readonly string[] {
    return [...this.#members.keys()];
  }

  has(app: string): boolean {
    return this.#members.has(app);
  }

  /** False until the first list was read, where one is needed: apps that are named in full are there before. */
  get areKnown(): boolean {
    return !this.#needsList || this.#listedAtMs !== null;
  }

  /** In the order of the configuration; of two for the same group only the first. */
  policiesOf(app: string): readonly Policy[] {
    return this.#matchOf(app).policies;
  }

  /** What the reports of a policy of the app have to say beside. */
  notesOf(app: string, policy: Policy): readonly Reason[] {
    return this.#matchOf(app).notes.get(policy) ?? NOTHING;
  }

  /** Takes the place of an earlier set: apps that it knew and that a policy is for now are there at once. */
  succeed(earlier: Apps): void {
    for (const [app, { missedLists }] of earlier.#members) this.#add(app, missedLists);
    this.#listedAtMs = earlier.#listedAtMs;
    if (this.#members.size > 0) this.#firstListCame();
  }

  /** Takes in the apps that are named in full. Resolves when there is a fleet to begin with. */
  async begin(signal: AbortSignal): Promise<void> {
    const added = [...this.#literals].filter((app) => this.#add(app));
    if (added.length > 0 || !this.#needsList) this.#tell(added, []);
    if (!this.#needsList) this.#tellUnused();
    if (this.#needsList && this.#members.size === 0) await abortable(signal, this.#firstList);
  }

  /** Reads the list again and again until the signal aborts; returns at once when no list is needed. */
  async keepListing(signal: AbortSignal): Promise<void> {
    const { clock, random, appListRefreshMs } = this.#options;
    const longestRetryMs = Math.min(appListRefreshMs, LONGEST_RETRY_MS);
    let retryMs = FIRST_RETRY_MS;
    while (this.#needsList && !signal.aborted) {
      const isRead = await this.#read(signal);
      const waitMs = isRead ? appListRefreshMs : Math.min(retryMs, longestRetryMs);
      retryMs = isRead ? FIRST_RETRY_MS : retryMs * 2;
      // Several instances that failed together come back apart.
      const spreadMs = isRead ? 0 : random.next() * 0.2 * waitMs;
      await clock.sleep(waitMs + spreadMs, signal).catch(() => undefined);
    }
  }

  /** Reads the list once; rejects with `AppError` when it cannot be read. */
  async readOnce(signal: AbortSignal): Promise<readonly string[]> {
    const listed = this.#needsList ? await this.#list(signal) : NO_APPS;
    return [...new Set([...this.#literals, ...listed.names])].filter(
      (app) => this.#matcher.match(app).policies.length > 0,
    );
  }

  /** Fly says that the app does not exist. One that is named in full stays: it may come back. */
  markGone(app: string): void {
    this.#options.recorder.fleet({ kind: 'app-gone', app });
    if (this.#members.get(app)?.isLiteral === false) this.#remove(app);
  }

  async #read(signal: AbortSignal): Promise<boolean> {
    const { clock, recorder } = this.#options;
    try {
      this.#takeIn(await this.#list(signal));
      this.#listedAtMs = clock.elapsedMs();
      this.#firstListCame();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const ageMs = this.#listedAtMs === null ? null : clock.elapsedMs() - this.#listedAtMs;
      recorder.fleet({ kind: 'app-list-failed', error: flyError(error), ageMs });
      return false;
    }
  }

  async #list(signal: AbortSignal): Promise<Listed> {
    const { fly, org, clock, timeoutMs } = this.#options;
    const summaries = await withDeadline(clock, timeoutMs, signal, (s) =>
      fly.listApps(org ?? '', s),
    );
    const names = summaries.flatMap(({ name }) => name ?? []);
    return { names, isWhole: names.length === summaries.length };
  }

  #takeIn({ names: listed, isWhole }: Listed): void {
    const names = new Set(listed);
    const removed: string[] = [];
    for (const [app, member] of this.#members) {
      // An app that the list lacks may be one whose name could not be read.
      if (member.isLiteral || (!isWhole && !names.has(app))) continue;
      member.missedLists = names.has(app) ? 0 : member.missedLists + 1;
      if (member.missedLists >= LEAVES_AFTER_LISTS) removed.push(app);
    }
    for (const app of removed) this.#remove(app);
    const added = listed.filter((app) => this.#add(app));
    this.#tell(added, removed);
    this.#tellUnused();
  }

  #tell(added: readonly string[], removed: readonly string[]): void {
    this.#options.recorder.fleet({ kind: 'app-list', apps: this.current(), added, removed });
  }

  /** Once, when all apps are known for the first time. */
  #tellUnused(): void {
    const { unused } = this.#matcher;
    if (unused.length > 0 && !this.#hasToldUnused)
      this.#options.recorder.fleet({ kind: 'overrides-unused', overrides: unused });
    this.#hasToldUnused = true;
  }

  #matchOf(app: string): PolicyMatch {
    return this.#members.get(app)?.match ?? this.#matcher.match(app);
  }

  #add(app: string, missedLists = 0): boolean {
    if (this.#members.has(app)) return false;
    const match = this.#matcher.match(app);
    if (match.policies.length === 0) return false;
    this.revision += 1;
    this.#members.set(app, { match, isLiteral: this.#literals.has(app), missedLists });
    return true;
  }

  #remove(app: string): void {
    this.revision += 1;
    this.#members.delete(app);
    this.#onLeave(app);
  }
}
