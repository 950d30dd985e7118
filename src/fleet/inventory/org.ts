import type { Clock, Random } from '../../seams/clock.js';
import type { ListedMachine, Machine } from '../../core/model/machine.js';
import { isGone } from '../../core/machines/states.js';
import { SeenMachines } from './seen.js';
import { isPlain } from './compact.js';
import type { Inventory } from './inventory.js';
import { ListComparison } from './list-comparison.js';
import { OrgWatch } from './org-watch.js';
import { isUnknownApp, type OwnLists } from './own-lists.js';
import type { FlyReader } from '../../seams/fly.js';
import type { Recorder } from '../../seams/events.js';

/** What passes without the organization's list telling is looked for so often. */
const UNSETTLED_AGE_MS = 10_000;
/** While the organization's list cannot be read, or is not fresh, an app's own list is good for so long. */
const BLIND_AGE_MS = 60_000;
const ROTATION_STEP_MS = 1000;

export interface OrgInventoryOptions {
  readonly fly: FlyReader;
  readonly org: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly timeoutMs: number;
  /** In this time every app's own list is read again, one after another. */
  readonly refreshMs: number;
}

interface Known {
  /** By id, as its own list had them last. Null: never read. */
  machines: readonly Machine[] | null;
  /** Monotonic time at which that read began. */
  readAtMs: number;
  isPlain: boolean;
  /** Machines created since. */
  added: number;
  /** So often something has changed, or may have. */
  doubts: number;
  /** So many of the doubts that list answers. */
  answered: number;
  reading: Promise<readonly Machine[]> | null;
  /** What the organization's list has told since the read of the first list began; null: none is under way. */
  heard: ListedMachine[] | null;
}

/**
 * Every app's own list, read once; after that the organization's list tells in which apps something has changed, and
 * their own lists are read again. The organization's list lacks too much to decide on (host, cordon, lease, standby,
 * mounts, services), and it lags: it is an index, no more. Each app's own list is read again in a slow rotation too.
 */
export class OrgInventory implements Inventory {
  readonly #options: OrgInventoryOptions;
  readonly #lists: OwnLists;
  readonly #watch: OrgWatch;
  readonly #seen: SeenMachines;
  readonly #comparison: ListComparison;
  /** The longest not read first. */
  readonly #apps = new Map<string, Known>();
  #known = 0;

  constructor(
    options: OrgInventoryOptions,
    lists: OwnLists,
    seen: SeenMachines = new SeenMachines(options.clock),
  ) {
    this.#options = options;
    this.#seen = seen;
    this.#comparison = new ListComparison(options, seen);
    this.#lists = lists;
    this.#watch = new OrgWatch(options, {
      hear: (listed, signal) => this.#hear(listed, signal),
      heardAll: (living, signal) => this.#compareCounts(living, signal),
      onRefusal: (isRefused) => {
        lists.isPaced = isRefused;
      },
    });
  }

  peek(app: string): readonly Machine[] | null {
    const known = this.#apps.get(app);
    if (known === undefined || known.machines === null || isDoubtful(known)) return null;
    const ageMs = this.#options.clock.elapsedMs() - known.readAtMs;
    return ageMs < this.#goodForMs(known, known.machines) ? known.machines : null;
  }

  async view(app: string, signal: AbortSignal): Promise<readonly Machine[]> {
    for (;;) {
      const peeked = this.peek(app);
      if (peeked !== null) return peeked;
      const known = this.#of(app);
      const underWay = known.reading;
      // It ends with the signal by itself; a listener for each app would cost more than the read.
      const machines = await (underWay ?? this.#read(app, known, signal));
      // A read that was under way may have begun before what it should tell of.
      if (underWay === null || !isDoubtful(known)) return machines;
    }
  }

  note(app: string, machines: readonly Machine[], readAtMs: number): void {
    const known = this.#of(app);
    this.#take(app, known, machines, readAtMs, known.added);
  }

  addOne(app: string): void {
    const known = this.#of(app);
    known.added += 1;
    known.doubts += 1;
    this.#known += 1;
  }

  touch(app: string): void {
    const known = this.#apps.get(app);
    if (known !== undefined) known.doubts += 1;
  }

  drop(app: string): void {
    const known = this.#apps.get(app);
    if (known === undefined) return;
    this.#known -= countOf(known);
    this.#apps.delete(app);
    this.#lists.forget(app);
  }

  hasCounted(app: string): boolean {
    return this.#apps.get(app)?.machines != null;
  }

  get knownMachines(): number {
    return this.#known;
  }

  async compare(app: string, signal: AbortSignal): Promise<void> {
    // The first whole list is read for all apps of the start. Who joins later comes between two of them.
    if (this.#seen.isOfTheStart(app)) await this.#watch.heard;
    else await this.#comparison.compare(this.#seen.listedSinceMs(app), signal);
  }

  async keep(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#watch.keep(signal), this.#keepRotating(signal)]);
  }

  #of(app: string): Known {
    const known = this.#apps.get(app);
    if (known !== undefined) return known;
    const fresh: Known = {
      machines: null,
      readAtMs: Number.NEGATIVE_INFINITY,
      isPlain: false,
      added: 0,
      doubts: 0,
      answered: 0,
      reading: null,
      heard: null,
    };
    this.#apps.set(app, fresh);
    return fresh;
  }

  /** How old an app's own list may be to be screened on. */
  #goodForMs(known: Known, machines: readonly Machine[]): number {
    const { mode, errorRegions } = this.#watch;
    if (mode === 'refused') return 0;
    const isLacking = errorRegions.size > 0 && machines.some((m) => errorRegions.has(m.region));
    if (!known.isPlain || isLacking) return UNSETTLED_AGE_MS;
    return mode === 'blind' ? BLIND_AGE_MS : Number.POSITIVE_INFINITY;
  }

  /** One read at a time for each app. */
  #read(app: string, known: Known, signal: AbortSignal): Promise<readonly Machine[]> {
    const read = async (): Promise<readonly Machine[]> => {
      let beganAtMs = 0;
      let added = 0;
      let doubts = 0;
      try {
        const machines = await this.#lists.read(app, signal, () => {
          beganAtMs = this.#options.clock.elapsedMs();
          added = known.added;
          doubts = known.doubts;
          if (known.machines === null) known.heard = [];
        });
        // Until here the list before it is known to be wrong: nobody may be shown that.
        known.answered = doubts;
        return this.#take(app, known, machines, beganAtMs, added);
      } catch (error) {
        if (isUnknownApp(error)) {
          this.#seen.drop(app);
          this.#take(app, known, [], beganAtMs, added);
        }
        known.doubts += 1;
        throw error;
      } finally {
        known.reading = null;
        known.heard = null;
        // To the end of the rotation, whatever came of it: an app that cannot be read must not hold up the others.
        if (this.#apps.get(app) === known) {
          this.#apps.delete(app);
          this.#apps.set(app, known);
        }
      }
    };
    const reading = read();
    // Whoever waits for it hears of a failure; perhaps nobody does.
    reading.catch(() => undefined);
    known.reading = reading;
    return reading;
  }

  /** `added`: how many of the machines that were created since the list before it must show. */
  #take(
    app: string,
    known: Known,
    machines: readonly Machine[],
    readAtMs: number,
    added: number,
  ): readonly Machine[] {
    // A list that was asked for earlier may arrive later.
    if (known.machines !== null && readAtMs < known.readAtMs) return known.machines;
    // It may have been dropped meanwhile.
    const isCounted = this.#apps.get(app) === known;
    const compact = isCounted ? this.#seen.take(app, machines, readAtMs) : machines;
    if (isCounted) this.#known -= countOf(known);
    known.machines = compact;
    known.readAtMs = readAtMs;
    known.isPlain = compact.every(isPlain);
    known.added -= added;
    // It is not told again. The list may have been made before, and come after it.
    if (known.heard?.some((listed) => isNews(listed, compact)) === true) known.doubts += 1;
    known.heard = null;
    if (isCounted) this.#known += countOf(known);
    return compact;
  }

  /** True when the app's own list has to be read for it. */
  #hear(listed: ListedMachine, signal: AbortSignal): boolean {
    const known = this.#apps.get(listed.app);
    this.#seen.hear(listed);
    known?.heard?.push(listed);
    if (known?.machines == null || !isNews(listed, known.machines)) return false;
    this.#doubt(listed.app, known, signal);
    return true;
  }

  /**
   * The whole list was heard: so many machines of each app live. What it lacks may be gone, or it may be wrong:
   * the app's own list tells.
   */
  #compareCounts(living: ReadonlyMap<string, number>, signal: AbortSignal): number {
    let doubts = 0;
    const { errorRegions } = this.#watch;
    for (const [app, known] of this.#apps) {
      const { machines } = known;
      if (machines === null || machines.length === (living.get(app) ?? 0)) continue;
      if (machines.some(({ region }) => errorRegions.has(region))) continue;
      this.#doubt(app, known, signal);
      doubts += 1;
    }
    return doubts;
  }

  /** Reads its own list at once, so that the next pass need not wait. */
  #doubt(app: string, known: Known, signal: AbortSignal): void {
    known.doubts += 1;
    if (known.reading === null) void this.#read(app, known, signal);
  }

  /** One app after another at an even pace, the longest not read first. */
  async #keepRotating(signal: AbortSignal): Promise<void> {
    const { clock, refreshMs } = this.#options;
    let due = 0;
    while (!signal.aborted) {
      await clock.sleep(ROTATION_STEP_MS, signal).catch(() => undefined);
      if (signal.aborted || this.#watch.mode === 'refused') continue;
      due += (this.#apps.size * ROTATION_STEP_MS) / refreshMs;
      for (const [app, known] of this.#apps) {
        if (due < 1) break;
        due -= 1;
        // Those that were never read are asked for by their passes.
        if (known.machines !== null && known.reading === null) void this.#read(app, known, signal);
      }
      due = Math.min(due, 1);
    }
  }
}

function isDoubtful({ doubts, answered }: Known): boolean {
  return doubts > answered;
}

function countOf({ machines, added }: Known): number {
  return (machines?.length ?? 0) + added;
}

/** Whether the organization's list knows of something that the app's own list did not show. */
function isNews(listed: ListedMachine, machines: readonly Machine[]): boolean {
  if (listed.isOdd === true) return true;
  const known = machines.find(({ id }) => id === listed.id);
  if (known === undefined) return !isGone(listed);
  if (listed.updatedAtMs !== known.updatedAtMs) return listed.updatedAtMs > known.updatedAtMs;
  // Times may be whole seconds: two changes of one second look alike.
  return listed.state !== known.state || listed.version !== known.version;
}
