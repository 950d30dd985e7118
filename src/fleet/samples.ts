import { DeadlineExceeded, withDeadline, type Clock } from '../clock.js';
import { appended } from '../core/appended.js';
import { AppError, toAppError } from '../core/errors.js';
import { collectorKey, metricsOf, type Policy } from '../core/policy.js';
import type { Sample, Samples } from '../core/sample.js';
import type { Collector } from '../ports.js';

/** A collector keeps its own deadline; this much later it is taken to ignore it. */
const GRACE_MS = 1000;

interface Received {
  readonly metric: string;
  sample: Sample;
  atMs: number;
}

interface AppSamples {
  /** One for each metric: few, so that a map for each app of a fleet would take more than they do. */
  metrics: readonly Received[];
  /** Rises when a sample says something else than the one before. */
  revision: number;
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
  readonly #received = new Map<string, AppSamples>();
  /** Key of a collector -> apps that wait for its metric. */
  readonly #pending = new Map<string, Set<string>>();
  readonly #waiters = new Map<string, Waiter>();
  readonly #collections = new Set<Promise<void>>();
  /** Rises when the clocks jump: what was asked before says nothing of now. */
  #generation = 0;

  constructor(options: SampleBoardOptions) {
    this.#options = options;
    this.#names = new Map(
      options.collectors.map((collector) => [keyOf(collector), collector.name]),
    );
    for (const key of this.#names.keys()) this.#pending.set(key, new Set());
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
      const waiting = this.#pending.get(key) ?? new Set();
      const apps: string[] = [];
      for (const [app, metrics] of wanted) {
        if (metrics.has(key) && !waiting.has(app)) apps.push(app);
      }
      if (apps.length === 0) continue;
      for (const app of apps) waiting.add(app);
      const collection = this.#run(collector, apps, signal).finally(() =>
        this.#collections.delete(collection),
      );
      this.#collections.add(collection);
    }
  }

  /**
   * False when none of the metrics is awaited for the app; otherwise `done` is called when that is so.
   * One waiter per app; it costs no promise, since a fleet waits with every tick.
   */
  wait(app: string, metrics: ReadonlySet<string>, done: (app: string) => void): boolean {
    if (this.#hasAll(app, metrics)) return false;
    this.#waiters.set(app, { metrics, done });
    return true;
  }

  /** Resolves when none of the metrics is awaited for the app; rejects when the signal aborts. */
  async arrived(app: string, metrics: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiters.delete(app);
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
    return this.#received.get(app)?.revision ?? 0;
  }

  /** What is known now, by name: of keys that one policy reads. A value that has waited here for too long, as in a queue for a place to act, is stale. */
  samples(app: string, metrics: ReadonlySet<string>): Samples {
    const { clock, intervalMs, timeoutMs } = this.#options;
    const received = this.#received.get(app);
    const samples = new Map<string, Sample>();
    for (const metric of metrics) {
      const entry = received?.metrics.find((each) => each.metric === metric);
      if (entry === undefined) continue;
      const ageMs = clock.elapsedMs() - entry.atMs;
      const isOld = ageMs > 2 * intervalMs + timeoutMs;
      const { sample } = entry;
      samples.set(this.#names.get(metric) ?? metric, isOld ? outdated(sample, ageMs) : sample);
    }
    return samples;
  }

  drop(app: string): void {
    this.#received.delete(app);
  }

  /** The clocks jumped: what was received or asked before says nothing of now. */
  forget(): void {
    this.#generation += 1;
    this.#received.clear();
  }

  /** Resolves when no collection is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#collections);
  }

  async #run(collector: Collector, apps: readonly string[], signal: AbortSignal): Promise<void> {
    const { clock, timeoutMs } = this.#options;
    const generation = this.#generation;
    const key = keyOf(collector);
    const missing = new Set(apps);
    let failure: unknown = new Error(`${collector.name}: the collector gave no sample`);
    const emit = (app: string, sample: Sample): void => {
      // After its end a collection has no say: the app may wait for the next one already.
      if (!missing.delete(app)) return;
      const isOfNow = generation === this.#generation;
      this.#put(key, app, isOfNow ? sample : failed(OUTDATED, clock.now()));
    };
    try {
      await withDeadline(clock, timeoutMs + GRACE_MS, signal, (s) =>
        collector.collect(apps, emit, s),
      );
    } catch (error) {
      failure = error;
    }
    const sample = failed(failure, clock.now());
    for (const app of missing) this.#put(key, app, sample);
    missing.clear();
  }

  #put(metric: string, app: string, sample: Sample): void {
    this.#note(app, metric, sample);
    this.#pending.get(metric)?.delete(app);
    const waiter = this.#waiters.get(app);
    if (waiter === undefined || !this.#hasAll(app, waiter.metrics)) return;
    this.#waiters.delete(app);
    waiter.done(app);
  }

  #note(app: string, metric: string, sample: Sample): void {
    const atMs = this.#options.clock.elapsedMs();
    let received = this.#received.get(app);
    if (received === undefined) {
      received = { metrics: [], revision: 0 };
      this.#received.set(app, received);
    }
    const entry = received.metrics.find((each) => each.metric === metric);
    if (entry === undefined || !saysTheSame(entry.sample, sample)) received.revision += 1;
    if (entry === undefined)
      received.metrics = appended(received.metrics, { metric, sample, atMs });
    else Object.assign(entry, { sample, atMs });
  }

  #hasAll(app: string, metrics: ReadonlySet<string>): boolean {
    for (const metric of metrics) if (this.#pending.get(metric)?.has(app) === true) return false;
    return true;
  }
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
