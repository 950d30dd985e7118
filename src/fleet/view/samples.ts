import { DeadlineExceeded, withDeadline, type Clock } from '../../seams/clock.js';
import { appended } from '../../core/model/appended.js';
import { AppError, toAppError } from '../../core/model/errors.js';
import { collectorKey, metricsOf, type Policy } from '../../core/model/policy.js';
import type { Sample, Samples } from '../../core/model/sample.js';
import type { Collector } from '../../seams/collector.js';

/** A collector keeps its own deadline; this much later it is taken to ignore it. */
const GRACE_MS = 1000;

interface Received {
  readonly metric: string;
  /** The first of those that say the same, which most do: newer ones are garbage at once, not only at the next tick. */
  sample: Sample | null;
  /** When the newest of them was taken; wall time. */
  takenAtMs: number;
  /** When it was received; monotonic. */
  atMs: number;
  /** The collection that is to bring a newer one. */
  awaited: Collection | null;
}

/** Nothing but itself. */
type Collection = object;

/**
 * What is known of an app. It stays from tick to tick: to put thousands of apps into collections of those that wait, and
 * to take them out again, makes more garbage than all else that a tick does.
 */
interface AppSamples {
  /** One for each metric: few, so that a map for each app of a fleet would take more than they do. */
  metrics: readonly Received[];
  /** Rises when a sample says something else than the one before. */
  revision: number;
  waiter: Waiter | null;
}

interface Waiter {
  readonly metrics: ReadonlySet<string>;
  readonly done: (app: string) => void;
}

export interface SampleBoardOptions {
  readonly collectors: readonly Collector[];
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** The newest sample of each metric of each app, and who waits for what. */
export class SampleBoard {
  readonly #options: SampleBoardOptions;
  /** Key of a collector -> the name of its metric. */
  readonly #names: ReadonlyMap<string, string>;
  readonly #metrics = new WeakMap<Policy, ReadonlySet<string>>();
  readonly #apps = new Map<string, AppSamples>();
  /** Apps of one policy wait alike: nothing is made for each at every tick. */
  #waiter: Waiter = { metrics: new Set(), done: () => undefined };
  readonly #running = new Set<Promise<void>>();
  /** Rises when the clocks jump: what was asked before says nothing of now. */
  #generation = 0;

  constructor(options: SampleBoardOptions) {
    this.#options = options;
    this.#names = new Map(
      options.collectors.map((collector) => [keyOf(collector), collector.name]),
    );
  }

  /** Metrics that decisions of these policies depend on and that some collector reads, as keys of the collectors. */
  metricsOf(policies: readonly Policy[]): ReadonlySet<string> {
    const [first] = policies;
    if (first !== undefined && policies.length === 1) return this.#metricsOfOne(first);
    return new Set(policies.flatMap((policy) => [...this.#metricsOfOne(policy)]));
  }

  /** Found out once for each policy: with thousands of apps it is asked thousands of times a tick. */
  #metricsOfOne(policy: Policy): ReadonlySet<string> {
    const known = this.#metrics.get(policy);
    if (known !== undefined) return known;
    const keys = [...metricsOf(policy)].map((name) => collectorKey(policy, name));
    const metrics = new Set(keys.filter((key) => this.#names.has(key)));
    this.#metrics.set(policy, metrics);
    return metrics;
  }

  /**
   * Asks each collector once, for all apps that want its metric and do not wait for it already.
   * A collector that hangs is in nobody's way but its users'.
   */
  collect(wanted: ReadonlyMap<string, ReadonlySet<string>>, signal: AbortSignal): void {
    for (const collector of this.#options.collectors) {
      const key = keyOf(collector);
      const collection: Collection = {};
      const apps: string[] = [];
      for (const [app, metrics] of wanted) {
        if (!metrics.has(key)) continue;
        const received = this.#receivedOf(app, key);
        if (received.awaited !== null) continue;
        received.awaited = collection;
        apps.push(app);
      }
      if (apps.length === 0) continue;
      const running = this.#run(collector, collection, apps, signal).finally(() =>
        this.#running.delete(running),
      );
      this.#running.add(running);
    }
  }

  /**
   * False when none of the metrics is awaited for the app; otherwise `done` is called when that is so.
   * One waiter per app; it costs no promise, since a fleet waits with every tick.
   */
  wait(app: string, metrics: ReadonlySet<string>, done: (app: string) => void): boolean {
    const known = this.#apps.get(app);
    if (known === undefined || !isAwaiting(known, metrics)) return false;
    if (this.#waiter.metrics !== metrics || this.#waiter.done !== done) {
      this.#waiter = { metrics, done };
    }
    known.waiter = this.#waiter;
    return true;
  }

  /** Resolves when none of the metrics is awaited for the app; rejects when the signal aborts. */
  async arrived(app: string, metrics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        const known = this.#apps.get(app);
        if (known !== undefined) known.waiter = null;
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      const done = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      if (!this.wait(app, metrics, done)) done();
    });
  }

  /** The same number for as long as all samples of the app say the same, whenever they were taken. */
  revision(app: string): number {
    return this.#apps.get(app)?.revision ?? 0;
  }

  /** What is known now, by name: of keys that one policy reads. A value that has waited here for too long, as in a queue for a place to act, is stale. */
  samples(app: string, metrics: ReadonlySet<string>): Samples {
    const { clock, intervalMs, timeoutMs } = this.#options;
    const known = this.#apps.get(app);
    const samples = new Map<string, Sample>();
    for (const metric of metrics) {
      const received = known?.metrics.find((each) => each.metric === metric);
      if (received === undefined || received.sample === null) continue;
      const ageMs = clock.elapsedMs() - received.atMs;
      const isOld = ageMs > 2 * intervalMs + timeoutMs;
      const sample = takenAt(received.sample, received.takenAtMs);
      samples.set(this.#names.get(metric) ?? metric, isOld ? outdated(sample, ageMs) : sample);
    }
    return samples;
  }

  drop(app: string): void {
    const known = this.#apps.get(app);
    if (known === undefined) return;
    forgetSamples(known);
    // A pass that waits is to be told that it need not.
    const isIdle = known.waiter === null && known.metrics.every(({ awaited }) => awaited === null);
    if (isIdle) this.#apps.delete(app);
  }

  /** The clocks jumped: what was received or asked before says nothing of now. */
  forget(): void {
    this.#generation += 1;
    for (const known of this.#apps.values()) forgetSamples(known);
  }

  /** Resolves when no collection is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(
    collector: Collector,
    collection: Collection,
    apps: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const generation = this.#generation;
    const key = keyOf(collector);
    let failure: unknown = new Error(`${collector.name}: the collector gave no sample`);
    const emit = (app: string, sample: Sample): void => {
      const isOfNow = generation === this.#generation;
      this.#put(key, app, collection, isOfNow ? sample : failed(OUTDATED, clock.now()));
    };
    try {
      await withDeadline(clock, timeoutMs + GRACE_MS, signal, (s) =>
        collector.collect(apps, emit, s),
      );
    } catch (error) {
      failure = error;
    }
    const sample = failed(failure, clock.now());
    for (const app of apps) this.#put(key, app, collection, sample);
  }

  #put(metric: string, app: string, collection: Collection, sample: Sample): void {
    const known = this.#apps.get(app);
    const received = known?.metrics.find((each) => each.metric === metric);
    // One sample of each collection counts. After its end it has no say: the app may wait for the next one already.
    if (known === undefined || received?.awaited !== collection) return;
    received.awaited = null;
    received.atMs = this.#options.clock.elapsedMs();
    received.takenAtMs = sample.atMs;
    if (received.sample === null || !saysTheSame(received.sample, sample)) {
      received.sample = sample;
      known.revision += 1;
    }
    const { waiter } = known;
    if (waiter === null || isAwaiting(known, waiter.metrics)) return;
    known.waiter = null;
    waiter.done(app);
  }

  #receivedOf(app: string, metric: string): Received {
    let known = this.#apps.get(app);
    if (known === undefined) {
      known = { metrics: [], revision: 0, waiter: null };
      this.#apps.set(app, known);
    }
    const found = known.metrics.find((each) => each.metric === metric);
    if (found !== undefined) return found;
    const fresh = { metric, sample: null, takenAtMs: 0, atMs: 0, awaited: null };
    known.metrics = appended<Received>(known.metrics, fresh);
    return fresh;
  }
}

function isAwaiting({ metrics }: AppSamples, wanted: ReadonlySet<string>): boolean {
  return metrics.some(({ metric, awaited }) => awaited !== null && wanted.has(metric));
}

function forgetSamples(known: AppSamples): void {
  for (const received of known.metrics) received.sample = null;
  known.revision += 1;
}

function takenAt(sample: Sample, atMs: number): Sample {
  return sample.atMs === atMs ? sample : { ...sample, atMs };
}

/** Whether a decision would take both alike. An old value is another one with each second. */
function saysTheSame(a: Sample, b: Sample): boolean {
  if (a.kind === 'value' && b.kind === 'value') {
    return a.value === b.value && a.warning === b.warning && a.isDefault === b.isDefault;
  }
  if (a.kind === 'instances' && b.kind === 'instances') return areEqual(a.values, b.values);
  return a.kind === 'empty' && b.kind === 'empty';
}

function areEqual(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function keyOf(collector: Collector): string {
  return collector.key ?? collector.name;
}

const OUTDATED = new AppError('aborted', 'it was asked for before the clocks jumped', {
  owner: 'internal',
});

function outdated(sample: Sample, ageMs: number): Sample {
  if (sample.kind === 'value')
    return { kind: 'stale', value: sample.value, atMs: sample.atMs, ageMs };
  // Old values say nothing of what machines are busy with now.
  return sample.kind === 'instances' ? { kind: 'empty', atMs: sample.atMs } : sample;
}

function failed(error: unknown, atMs: number): Sample {
  if (error instanceof DeadlineExceeded) {
    return { kind: 'error', code: 'source-timeout', message: error.message, atMs };
  }
  const { code, message } = toAppError(error);
  return { kind: 'error', code, message, atMs };
}
