/** Orders of operators to leave counts alone, kept in the state store. */
import type { Clock, Random } from '../../seams/clock.js';
import { appMatcher } from '../../core/model/policy.js';
import type { Pause } from '../../core/model/orders.js';
import { type Json, LOST_STATE, type StateStore } from '../../seams/store.js';
import type { PauseOrder } from '../../seams/operator.js';

const PREFIX = 'pause/';
const NONE: readonly Pause[] = [];
/** For all apps, as null is, but so that it ends by a name of its own: the pauses that were left are none of its business. */
const EVERY_APP = '*';
/** The id of what stands in for pauses that got lost: one that comes after another takes its place in the store too. */
const LOST = 'lost-pauses';
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

const LOST_REASON = 'the data file was damaged: pauses made before may be lost';

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
  /** The store says that something got lost, not yet what is held instead. */
  #isLossOwed = false;

  constructor(store: StateStore, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Takes in what was stored, beside what was ordered meanwhile; what cannot be understood is left where it is. `lossMs`: for
   * so long nothing shrinks where pauses may be lost; null: nothing is lost that we know.
   */
  restore(stored: ReadonlyMap<string, Json>, lossMs: number | null = null): void {
    this.#isUnread = false;
    const pauses = storedPauses(stored).filter(isPause);
    const ids = new Set(pauses.map(({ id }) => id));
    const newer = this.#kept.map(({ pause }) => pause).filter(({ id }) => !ids.has(id));
    const all = [...newer, ...pauses];
    if (lossMs !== null) this.#isLossOwed = true;
    this.#keep(
      lossMs === null ? all : [this.#instead(lossMs), ...all.filter((it) => !isForLost(it))],
    );
  }

  /** Has the store say what is held, instead of that something got lost. Rejects with `state-unwritable`: the next order does it too. */
  secureLoss(): Promise<void> {
    return this.#commit([], []);
  }

  /** What stands in for pauses that got lost: they may have been for any app. */
  #instead(lossMs: number): Pause {
    const createdAtMs = this.#clock.now();
    return {
      ...UNREAD,
      id: LOST,
      app: EVERY_APP,
      reason: LOST_REASON,
      createdAtMs,
      untilMs: createdAtMs + lossMs,
    };
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

  /** Of operators, and what stands in for theirs that may be lost. */
  all(): readonly Pause[] {
    const nowMs = this.#clock.now();
    return this.#kept.map(({ pause }) => pause).filter((pause) => isOpen(pause, nowMs));
  }

  /** When what stands in for lost pauses ends, by wall time; null: none are lost. */
  get lossUntilMs(): number | null {
    return this.all().find(isForLost)?.untilMs ?? null;
  }

  /** False: there may be others, which cannot be read or got lost; nothing shrinks for now. */
  get areKnown(): boolean {
    return !this.#isUnread && this.lossUntilMs === null;
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

  async #commit(begun: readonly Pause[], ended: readonly Pause[]): Promise<void> {
    const changes = new Map<string, Json | null>();
    if (this.#isLossOwed) {
      for (const [key, value] of entriesOf(this.all().filter(isForLost))) changes.set(key, value);
      changes.set(LOST_STATE, null);
    }
    for (const { id } of ended) changes.set(`${PREFIX}${id}`, null);
    for (const [key, value] of entriesOf(begun)) changes.set(key, value);
    await this.#store.commit(changes);
    this.#isLossOwed = false;
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

function storedPauses(stored: ReadonlyMap<string, Json>): readonly (Pause | null)[] {
  return [...stored]
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([, value]) => value as unknown as Pause | null);
}

/** Whether all that is stored as a pause can be understood as one. */
export function areAllPauses(stored: ReadonlyMap<string, Json>): boolean {
  return storedPauses(stored).every(isPause);
}

function isForLost({ id }: Pause): boolean {
  return id === LOST;
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
    typeof value.createdAtMs === 'number' &&
    [value.app, value.policy].every((each) => each === null || typeof each === 'string')
  );
}
