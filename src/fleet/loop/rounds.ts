/** Which apps have a pass now, which are due, and which need none because nothing has changed. */
import { hasOrders } from '../pass/input.js';
import type { PassContext } from '../pass/pass-context.js';
import { runPass } from '../pass/pass.js';

export type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

const NOTHING: ReadonlySet<string> = new Set();

interface Current {
  readonly context: PassContext;
  /** One for all apps: with thousands of them a closure for each would be made anew at every tick. */
  readonly onSamples: (app: string) => void;
  /** What the apps of the fleet read, until the fleet changes. */
  wanted: { readonly revision: number; readonly metrics: Wanted } | null;
}

export class Rounds {
  /** Called when the pass of an app ends that has left the fleet meanwhile. */
  readonly #onLeft: (app: string) => void;
  #current: Current;
  /**
   * App -> when its pass was due, in monotonic time, from the wait for its metrics to its report; null when it has none.
   * An app stays in it: thousands that come and go with each tick would be much garbage.
   */
  readonly #due = new Map<string, number | null>();
  #busyApps = 0;
  /** App -> its pass, once that has begun. */
  readonly #passes = new Map<string, Promise<void>>();
  /** App -> when a pass was due that the one before is in the way of. */
  readonly #overdue = new Map<string, number>();
  /** Found to be as they were, not told yet. */
  #unchanged: string[] = [];

  constructor(context: PassContext, onLeft: (app: string) => void) {
    this.#current = this.#newCurrent(context);
    this.#onLeft = onLeft;
  }

  /** Apps of the fleet, each with the metrics that it reads. */
  get wanted(): Wanted {
    const { apps, board } = this.#context;
    if (this.#current.wanted?.revision !== apps.revision) {
      const metrics = new Map(
        apps.current().map((app) => [app, board.metricsOf(apps.policiesOf(app))]),
      );
      this.#current.wanted = { revision: apps.revision, metrics };
      for (const [app, dueMs] of this.#due) {
        if (dueMs === null && !metrics.has(app)) this.#due.delete(app);
      }
    }
    return this.#current.wanted.metrics;
  }

  get busyApps(): number {
    return this.#busyApps;
  }

  /** Those whose pass is on its way and reads what that collector gives. */
  *busyThatRead(source: string): Iterable<string> {
    for (const [app, dueMs] of this.#due) {
      if (dueMs !== null && this.#metricsOf(app).has(source)) yield app;
    }
  }

  /** Passes that have begun. */
  get passes(): readonly Promise<void>[] {
    return [...this.#passes.values()];
  }

  /** Passes that begin from now on work by another configuration; those that only wait for metrics begin anew. */
  follow(context: PassContext): void {
    for (const app of this.#due.keys()) if (!this.#passes.has(app)) this.#setDue(app, null);
    this.#overdue.clear();
    this.#current = this.#newCurrent(context);
  }

  /** A pass of each app is due; it begins as soon as its metrics are there, and the one before has ended. */
  begin(dueMs: number): void {
    for (const app of this.wanted.keys()) {
      if (!this.#isBusy(app)) this.#begin(app, dueMs);
      else if (this.#passes.has(app) && !this.#overdue.has(app)) this.#overdue.set(app, dueMs);
    }
  }

  get #context(): PassContext {
    return this.#current.context;
  }

  #newCurrent(context: PassContext): Current {
    const current: Current = {
      context,
      // Metrics of an earlier configuration begin nothing any more.
      onSamples: (app) => {
        if (current === this.#current) this.#go(app);
      },
      wanted: null,
    };
    return current;
  }

  #begin(app: string, dueMs: number): void {
    this.#setDue(app, dueMs);
    const metrics = this.#metricsOf(app);
    if (!this.#context.board.wait(app, metrics, this.#current.onSamples)) this.#go(app);
  }

  #setDue(app: string, dueMs: number | null): void {
    this.#busyApps += Number(dueMs !== null) - Number(this.#isBusy(app));
    this.#due.set(app, dueMs);
  }

  #isBusy(app: string): boolean {
    return (this.#due.get(app) ?? null) !== null;
  }

  /** One that would be decided as before is not decided again. */
  #go(app: string): void {
    const { options, life, quiet } = this.#context;
    const dueMs = this.#due.get(app) ?? options.clock.elapsedMs();
    if (life.stopping.aborted) return;
    if (quiet.isQuiet(app) && !hasOrders(this.#context, app)) {
      this.#setDue(app, null);
      this.#noteUnchanged(app, dueMs);
      return;
    }
    this.#passes.set(
      app,
      runPass(this.#context, app, dueMs).finally(() => this.#end(app)),
    );
  }

  #metricsOf(app: string): ReadonlySet<string> {
    return this.wanted.get(app) ?? NOTHING;
  }

  #end(app: string): void {
    this.#context.brake?.ended(app, this.#metricsOf(app));
    this.#setDue(app, null);
    this.#passes.delete(app);
    const overdueMs = this.#overdue.get(app);
    this.#overdue.delete(app);
    if (!this.#context.apps.has(app)) this.#onLeft(app);
    else if (overdueMs !== undefined) this.#begin(app, overdueMs);
  }

  /** Those of one turn are told together. */
  #noteUnchanged(app: string, dueMs: number): void {
    this.#unchanged.push(app);
    if (this.#unchanged.length > 1) return;
    void this.#context.options.clock.sleep(0).then(() => this.#tellUnchanged(dueMs));
  }

  #tellUnchanged(dueMs: number): void {
    const { clock, recorder } = this.#context.options;
    const apps = this.#unchanged;
    this.#unchanged = [];
    const latenessMs = clock.elapsedMs() - dueMs;
    recorder.fleet({ kind: 'apps-unchanged', apps, atMs: clock.now(), latenessMs });
  }
}
