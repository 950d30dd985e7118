/** Orders of operators to leave counts alone, kept in the state store. */
import type { Clock, Random } from '../clock.js';
import { appMatcher } from '../core/policy.js';
import type { Pause } from '../core/orders.js';
import type { Json, PauseOrder, StateStore } from '../ports.js';

const PREFIX = 'pause/';
const NONE: readonly Pause[] = [];
/** Stands in for orders that are not known: whatever they are, nothing is taken away against them. */
const UNREAD: Pause = {
  id: 'unread',
  app: null,
  policy: null,
  mode: 'in',
  count: null,
  reason: 'what an earlier process left could not be read yet',
  createdAtMs: 0,
  untilMs: null,
};

interface Kept {
  readonly pause: Pause;
  readonly isFor: (app: string) => boolean;
}

export class PauseDesk {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #random: Random;
  /** The newest first. */
  #kept: readonly Kept[] = [];
  #isUnread = false;

  constructor(store: StateStore, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** Takes in what was stored, beside what was ordered meanwhile; what cannot be understood is left where it is. */
  restore(stored: ReadonlyMap<string, Json>): void {
    this.#isUnread = false;
    const pauses = [...stored]
      .filter(([key]) => key.startsWith(PREFIX))
      .map(([, value]) => value as unknown as Pause)
      .filter(isPause);
    const ids = new Set(pauses.map(({ id }) => id));
    const newer = this.#kept.map(({ pause }) => pause).filter(({ id }) => !ids.has(id));
    this.#keep([...newer, ...pauses]);
  }

  /** What is to be in the store. */
  stored(): ReadonlyMap<string, Json> {
    return new Map(entriesOf(this.#kept.map(({ pause }) => pause)));
  }

  /** What was stored cannot be read for now: until `restore`, nothing may shrink. */
  holdUnread(): void {
    this.#isUnread = true;
  }

  get isEmpty(): boolean {
    return this.#kept.length === 0 && !this.#isUnread;
  }

  /** For the app and policy now, the newest first. */
  of(app: string, policy: string): readonly Pause[] {
    if (this.isEmpty) return NONE;
    const nowMs = this.#clock.now();
    const found = this.#kept
      .filter(({ pause, isFor }) => isOpen(pause, nowMs) && isOfPolicy(pause, policy) && isFor(app))
      .map(({ pause }) => pause);
    if (this.#isUnread) return [...found, UNREAD];
    return found.length === 0 ? NONE : found;
  }

  /** Of operators. */
  all(): readonly Pause[] {
    const nowMs = this.#clock.now();
    return this.#kept.map(({ pause }) => pause).filter((pause) => isOpen(pause, nowMs));
  }

  async pause(order: PauseOrder): Promise<Pause> {
    const [newest] = this.all();
    // The newest holds: one that comes after it is newer, whatever the clock was set to.
    const createdAtMs = Math.max(this.#clock.now(), (newest?.createdAtMs ?? 0) + 1);
    const id = `${createdAtMs.toString(36)}${Math.floor(this.#random.next() * 36 ** 4).toString(36)}`;
    const pause: Pause = { ...order, id, createdAtMs };
    await this.#commit([pause], this.#ended());
    this.#keep([pause, ...this.all()]);
    return pause;
  }

  async resume(app: string | null, policy: string | null): Promise<readonly Pause[]> {
    const ending = this.all().filter(
      (pause) =>
        (app === null || pause.app === app) && (policy === null || pause.policy === policy),
    );
    if (ending.length === 0) return NONE;
    await this.#commit([], [...ending, ...this.#ended()]);
    this.#keep(this.all().filter((pause) => !ending.includes(pause)));
    return ending;
  }

  #ended(): readonly Pause[] {
    const nowMs = this.#clock.now();
    return this.#kept.map(({ pause }) => pause).filter((pause) => !isOpen(pause, nowMs));
  }

  #commit(begun: readonly Pause[], ended: readonly Pause[]): Promise<void> {
    const gone = ended.map(({ id }) => [`${PREFIX}${id}`, null] as const);
    return this.#store.commit(new Map<string, Json | null>([...gone, ...entriesOf(begun)]));
  }

  #keep(pauses: readonly Pause[]): void {
    this.#kept = pauses
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
      .map((pause) => {
        const isFor =
          pause.app === null
            ? (): boolean => true
            : appMatcher({ include: [pause.app], exclude: [] });
        return { pause, isFor };
      });
  }
}

function entriesOf(pauses: readonly Pause[]): readonly (readonly [string, Json])[] {
  return pauses.map((pause) => [`${PREFIX}${pause.id}`, { ...pause }]);
}

function isOpen({ untilMs }: Pause, nowMs: number): boolean {
  return untilMs === null || nowMs < untilMs;
}

function isOfPolicy(pause: Pause, policy: string): boolean {
  return pause.policy === null || pause.policy === policy;
}

const MODES: ReadonlySet<unknown> = new Set(['all', 'in', 'out', 'at']);

function isPause(value: Pause | null): value is Pause {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof value.id === 'string' &&
    MODES.has(value.mode) &&
    typeof value.createdAtMs === 'number'
  );
}
