/** Machines that were seen, and those of them that a list lacks. That a list lacks one is no proof that it is gone. */
import type { Clock } from '../../seams/clock.js';
import { isUnnamed, type ListedMachine, type Machine } from '../../core/model/machine.js';
import { REMOVE_KEY, removalMark } from '../../core/machines/marks.js';
import { isGone } from '../../core/machines/states.js';
import { Compactor } from './compact.js';

/** Asked for again when Fly has said that it is there, and when Fly has not said. */
const ASK_AGAIN_MS = { there: 30_000, unknown: 5000 };
/** What another list tells of an app comes perhaps before the app's own list; after a start, for so long. */
const EARLY_MS = 60_000;
/** Lists run behind: for so long they may show machines that are gone. */
const GONE_MS = 10 * 60_000;
const MOST_GONE = 5000;

interface Absent {
  /** As it was seen last. */
  readonly machine: Machine;
  /** As it counts: that it was on its way out is believed when Fly has said so since lists lack it. */
  readonly counted: Machine;
  /** Since when a list lacks it; null: it is not known to do so, as of a machine that was just made. */
  readonly lackedSinceMs: number | null;
  /** Not asked for before. */
  readonly askAtMs: number;
  /** True: Fly was asked for it last without saying whether it is there. */
  readonly isSilent: boolean;
}

type AbsentById = ReadonlyMap<string, Absent>;

interface Seen {
  /** Of the app's own list, by id; those that are going are not among them. */
  readonly listed: readonly Machine[];
  readonly readAtMs: number;
  /** When its own list came first. */
  readonly firstAtMs: number;
  readonly absent: AbsentById;
}

const NONE: AbsentById = new Map();
const NOTHING: Seen = {
  listed: [],
  readAtMs: Number.NEGATIVE_INFINITY,
  firstAtMs: Number.NEGATIVE_INFINITY,
  absent: NONE,
};

/** Kept over reloads. An app's machines are forgotten with the app. All times are monotonic. */
export class SeenMachines {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #compactor = new Compactor();
  readonly #apps = new Map<string, Seen>();
  /** Apps of which the list lacks machines. */
  readonly #incomplete = new Set<string>();
  #absentMachines = 0;
  /** Machine -> when it was known to be gone, the longest ago first. */
  readonly #gone = new Map<string, number>();
  /** Told of apps whose own lists have not come; of no use when the process is no longer new. */
  readonly #early = new Map<string, ListedMachine[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.elapsedMs();
  }

  /** Machines of all apps that lists lack, and that count as present. */
  get absentMachines(): number {
    return this.#absentMachines;
  }

  /** Whether what the first whole list of the organization tells is kept for the app. */
  isOfTheStart(app: string): boolean {
    return (this.#apps.get(app)?.firstAtMs ?? this.#startedAtMs) - this.#startedAtMs < EARLY_MS;
  }

  /** From when on other lists tell what the app's own list lacks: the start, or when that list came first. */
  listedSinceMs(app: string): number {
    const firstAtMs = this.#apps.get(app)?.firstAtMs ?? this.#startedAtMs;
    return this.isOfTheStart(app) ? this.#startedAtMs : firstAtMs;
  }

  /** Apps of which the list lacks machines. */
  get incompleteApps(): readonly string[] {
    return [...this.#incomplete];
  }

  /**
   * Takes in the app's own list. Returns it compact and without those that are gone: the same array as before when nothing
   * has changed. `readAtMs`: when the read began; an older list teaches nothing.
   */
  take(app: string, machines: readonly Machine[], readAtMs: number): readonly Machine[] {
    const seen = this.#apps.get(app) ?? NOTHING;
    const listed = this.#compactor.compact(machines, seen.listed);
    if (!this.#isNew) this.#early.clear();
    if (readAtMs < seen.readAtMs) return listed;
    const isFirst = !this.#apps.has(app);
    const absent = this.#absentAfter(seen, machines, listed);
    const firstAtMs = isFirst ? this.#clock.elapsedMs() : seen.firstAtMs;
    this.#set(app, { listed, readAtMs, firstAtMs, absent });
    if (isFirst) this.#hearEarly(app);
    return listed;
  }

  /** What another list tells of a machine. */
  hear(told: ListedMachine): void {
    const { id, app } = told;
    // Which machine that is the app's own list tells.
    if (id === '') return;
    const seen = this.#apps.get(app);
    if (seen === undefined) this.#keepForLater(told);
    else if (isGone(told)) this.forget(app, id);
    else if (!this.#isKnown(seen, id))
      this.#miss(app, seen, standIn(told), this.#clock.elapsedMs());
  }

  /** It was made by us, so that the next list may not show it yet. */
  made(app: string, machine: Machine): void {
    this.#miss(app, this.#apps.get(app) ?? NOTHING, this.#compact(machine), null);
  }

  /** It was started by us: should the next list lack it, it runs as far as anybody knows. */
  started(app: string, id: string): void {
    const seen = this.#apps.get(app);
    if (seen === undefined) return;
    const now = (machine: Machine): Machine =>
      machine.id === id ? { ...machine, state: 'starting' } : machine;
    const absent = new Map(seen.absent);
    const known = absent.get(id);
    if (known !== undefined) {
      absent.set(id, { ...known, machine: now(known.machine), counted: now(known.counted) });
    }
    this.#set(app, { ...seen, listed: seen.listed.map(now), absent });
  }

  /** Fly says that a machine which the list lacks is there. */
  met(app: string, machine: Machine): void {
    const askAtMs = this.#clock.elapsedMs() + ASK_AGAIN_MS.there;
    const compact = this.#compact(machine);
    const counted = { machine: compact, counted: compact };
    this.#askLater(app, machine.id, { askAtMs, isSilent: false, ...counted });
  }

  /** Fly has not said whether it is there. */
  unanswered(app: string, id: string): void {
    const askAtMs = this.#clock.elapsedMs() + ASK_AGAIN_MS.unknown;
    this.#askLater(app, id, { askAtMs, isSilent: true });
  }

  /** It is known to be gone. A list whose read began before that may show it still. */
  forget(app: string, id: string): void {
    const nowMs = this.#clock.elapsedMs();
    const seen = this.#apps.get(app);
    if (seen === undefined) return;
    this.#noteGone(id, nowMs);
    const isListed = seen.listed.some((machine) => machine.id === id);
    if (!isListed && !seen.absent.has(id)) return;
    const absent = new Map(seen.absent);
    absent.delete(id);
    const listed = isListed ? seen.listed.filter((machine) => machine.id !== id) : seen.listed;
    this.#set(app, { ...seen, listed, readAtMs: isListed ? nowMs : seen.readAtMs, absent });
  }

  drop(app: string): void {
    const seen = this.#apps.get(app);
    if (seen === undefined) return;
    this.#absentMachines -= seen.absent.size;
    this.#incomplete.delete(app);
    this.#apps.delete(app);
  }

  /** Those that were seen, that these do not name, and that are not known to be gone, as they were seen last. */
  notNamedBy(app: string, machines: readonly Machine[]): readonly Machine[] {
    return this.#notNamedBy(app, machines).map(({ machine }) => machine);
  }

  /** What counts of those beside these, by id: one that is among these with an id that cannot be read counts once. */
  absentFrom(app: string, machines: readonly Machine[]): readonly Machine[] {
    const absent = this.#notNamedBy(app, machines)
      .map(({ counted }) => counted)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const unnamed of absent.length === 0 ? [] : machines.filter(isUnnamed)) {
      const place = placeAmong(absent, unnamed);
      if (place >= 0) absent.splice(place, 1);
    }
    return absent;
  }

  /** These and those that they lack, but for absent ones of which Fly was asked and did not say whether they are there. */
  withAbsent(app: string, machines: readonly Machine[]): readonly Machine[] {
    const absent = this.absentFrom(app, machines);
    if (absent.length === 0) return machines;
    const known = this.#apps.get(app)?.absent ?? NONE;
    return [...machines, ...absent.filter(({ id }) => known.get(id)?.isSilent !== true)];
  }

  /** Ids of absent machines to ask for now, the longest not asked for first. `lackedForMs`: those that lists lack for so long. */
  dueToAsk(app: string, most: number, lackedForMs?: number): readonly string[] {
    const nowMs = this.#clock.elapsedMs();
    const absent = this.#apps.get(app)?.absent ?? NONE;
    const isLacked = ({ lackedSinceMs }: Absent): boolean =>
      lackedForMs === undefined || (lackedSinceMs ?? nowMs) <= nowMs - lackedForMs;
    return [...absent.values()]
      .filter((each) => each.askAtMs <= nowMs && isLacked(each))
      .sort((a, b) => a.askAtMs - b.askAtMs)
      .slice(0, most)
      .map(({ machine }) => machine.id);
  }

  #notNamedBy(app: string, machines: readonly Machine[]): Absent[] {
    const absent = this.#apps.get(app)?.absent ?? NONE;
    if (absent.size === 0) return [];
    const ids = new Set(machines.map(({ id }) => id));
    return [...absent.values()].filter(({ machine }) => !ids.has(machine.id));
  }

  #set(app: string, seen: Seen): void {
    const before = this.#apps.get(app)?.absent.size ?? 0;
    this.#absentMachines += seen.absent.size - before;
    this.#apps.set(app, seen);
    if (seen.absent.size > 0) this.#incomplete.add(app);
    else this.#incomplete.delete(app);
  }

  #absentAfter(seen: Seen, machines: readonly Machine[], listed: readonly Machine[]): AbsentById {
    if (listed === seen.listed && seen.absent.size === 0) return NONE;
    const ids = new Set(machines.map(({ id }) => id));
    const nowMs = this.#clock.elapsedMs();
    const absent = new Map<string, Absent>();
    for (const [id, known] of seen.absent) {
      if (!ids.has(id)) absent.set(id, { ...known, lackedSinceMs: known.lackedSinceMs ?? nowMs });
    }
    for (const machine of seen.listed) {
      if (ids.has(machine.id) || isUnnamed(machine)) continue;
      const counted = withoutMark(machine);
      const lacked = { lackedSinceMs: nowMs, askAtMs: nowMs, isSilent: false };
      absent.set(machine.id, { machine, counted, ...lacked });
    }
    return absent.size === 0 ? NONE : absent;
  }

  #isKnown({ listed, absent }: Seen, id: string): boolean {
    return absent.has(id) || this.#gone.has(id) || listed.some((machine) => machine.id === id);
  }

  #miss(app: string, seen: Seen, machine: Machine, lackedSinceMs: number | null): void {
    const absent = new Map(seen.absent);
    const askAtMs = this.#clock.elapsedMs();
    const asking = { lackedSinceMs, askAtMs, isSilent: false };
    absent.set(machine.id, { machine, counted: machine, ...asking });
    this.#set(app, { ...seen, absent });
  }

  #askLater(app: string, id: string, news: Partial<Absent>): void {
    const seen = this.#apps.get(app);
    const known = seen?.absent.get(id);
    if (seen === undefined || known === undefined) return;
    const absent = new Map(seen.absent);
    absent.set(id, { ...known, ...news });
    this.#set(app, { ...seen, absent });
  }

  #compact(machine: Machine): Machine {
    return this.#compactor.compact([machine], null)[0] ?? machine;
  }

  #noteGone(id: string, nowMs: number): void {
    this.#gone.delete(id);
    this.#gone.set(id, nowMs);
    for (const [oldest, atMs] of this.#gone) {
      if (nowMs - atMs < GONE_MS && this.#gone.size <= MOST_GONE) return;
      this.#gone.delete(oldest);
    }
  }

  #keepForLater(told: ListedMachine): void {
    if (!this.#isNew) return;
    const early = this.#early.get(told.app);
    if (early === undefined) this.#early.set(told.app, [told]);
    else early.push(told);
  }

  get #isNew(): boolean {
    return this.#clock.elapsedMs() - this.#startedAtMs < EARLY_MS;
  }

  #hearEarly(app: string): void {
    const early = this.#early.get(app) ?? [];
    this.#early.delete(app);
    for (const told of early) this.hear(told);
  }
}

/** Whoever marked it may have taken it back since, and the list that would show it lacks it. */
function withoutMark(machine: Machine): Machine {
  if (removalMark(machine) === null) return machine;
  const { [REMOVE_KEY]: _mark, ...metadata } = machine.metadata;
  return { ...machine, metadata };
}

/** Which of them it is, or may be; -1: none. Versions differ from machine to machine, and change with each update. */
function placeAmong(absent: readonly Machine[], { version, createdAtMs }: Machine): number {
  const same = absent.findIndex((machine) => version !== '' && machine.version === version);
  if (same >= 0) return same;
  const isUnsaid = createdAtMs === 0;
  return absent.findIndex(
    (machine) => isUnsaid || machine.createdAtMs === createdAtMs || machine.config === null,
  );
}

/** All that is known of a machine that only another list shows: it may be of any group. */
function standIn({ id, state, region, version, updatedAtMs }: ListedMachine): Machine {
  return {
    id,
    name: '',
    state,
    region,
    version,
    createdAtMs: updatedAtMs,
    updatedAtMs,
    hostStatus: 'unknown',
    // Nothing says that its host is lost: its time out of sight does not run.
    unread: 'all but its entry in the list of the organization',
    isCordoned: false,
    metadata: {},
    config: null,
    imageRef: null,
  };
}
