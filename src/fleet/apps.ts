import { abortable, withDeadline } from '../clock.js';
import { appMatcher, literalApps, type GroupSelector, type Policy } from '../core/policy.js';
import { flyError } from './failure.js';
import type { FleetOptions } from './options.js';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;
/** A list without the app counts as a sign only the second time: lists lag, and one of them may be wrong. */
const LEAVES_AFTER_LISTS = 2;

interface Member {
  readonly policies: readonly Policy[];
  /** Named in full by a policy, so that it needs no list and never leaves. */
  readonly isLiteral: boolean;
  missedLists: number;
}

function isSameGroup(a: GroupSelector, b: GroupSelector): boolean {
  return a.kind === b.kind && (a.kind !== 'named' || b.kind !== 'named' || a.name === b.name);
}

/** The apps of the fleet, and which policies are for each. */
export class Apps {
  readonly #options: FleetOptions;
  readonly #matchers: readonly {
    readonly policy: Policy;
    readonly matches: (app: string) => boolean;
  }[];
  readonly #literals: ReadonlySet<string>;
  readonly #needsList: boolean;
  readonly #onLeave: (app: string) => void;
  readonly #members = new Map<string, Member>();
  #listedAtMs: number | null = null;
  #firstListCame: () => void = () => undefined;
  readonly #firstList = new Promise<void>((resolve) => {
    this.#firstListCame = resolve;
  });

  constructor(options: FleetOptions, onLeave: (app: string) => void) {
    this.#options = options;
    this.#onLeave = onLeave;
    this.#matchers = options.policies.map((policy) => ({
      policy,
      matches: appMatcher(policy.apps),
    }));
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

  /** In the order of the configuration; of two for the same group only the first. */
  policiesOf(app: string): readonly Policy[] {
    return this.#members.get(app)?.policies ?? this.#match(app);
  }

  /** Takes in the apps that are named in full. Resolves when there is a fleet to begin with. */
  async begin(signal: AbortSignal): Promise<void> {
    const added = [...this.#literals].filter((app) => this.#add(app));
    if (added.length > 0 || !this.#needsList) this.#tell(added, []);
    if (this.#needsList && added.length === 0) await abortable(signal, this.#firstList);
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
    const listed = this.#needsList ? await this.#list(signal) : [];
    return [...new Set([...this.#literals, ...listed])].filter(
      (app) => this.#match(app).length > 0,
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

  async #list(signal: AbortSignal): Promise<readonly string[]> {
    const { fly, org, clock, timeoutMs } = this.#options;
    const summaries = await withDeadline(clock, timeoutMs, signal, (s) =>
      fly.listApps(org ?? '', s),
    );
    return summaries.map((summary) => summary.name);
  }

  #takeIn(listed: readonly string[]): void {
    const names = new Set(listed);
    const removed: string[] = [];
    for (const [app, member] of this.#members) {
      if (member.isLiteral) continue;
      member.missedLists = names.has(app) ? 0 : member.missedLists + 1;
      if (member.missedLists >= LEAVES_AFTER_LISTS) removed.push(app);
    }
    for (const app of removed) this.#remove(app);
    const added = listed.filter((app) => this.#add(app));
    this.#tell(added, removed);
  }

  #tell(added: readonly string[], removed: readonly string[]): void {
    this.#options.recorder.fleet({ kind: 'app-list', apps: this.current(), added, removed });
  }

  #add(app: string): boolean {
    if (this.#members.has(app)) return false;
    const policies = this.#match(app);
    if (policies.length === 0) return false;
    this.revision += 1;
    this.#members.set(app, { policies, isLiteral: this.#literals.has(app), missedLists: 0 });
    return true;
  }

  #remove(app: string): void {
    this.revision += 1;
    this.#members.delete(app);
    this.#onLeave(app);
  }

  #match(app: string): readonly Policy[] {
    const chosen: Policy[] = [];
    for (const { policy, matches } of this.#matchers) {
      // Its own machines are not the autoscaler's to scale, unless somebody says just that.
      const isAllowed = app !== this.#options.ownApp || policy.apps.include.includes(app);
      const isTaken = chosen.some((earlier) => isSameGroup(earlier.group, policy.group));
      if (isAllowed && !isTaken && matches(app)) chosen.push(policy);
    }
    return chosen;
  }
}
