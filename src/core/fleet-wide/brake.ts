/**
 * The fleet brake: one source that lies or breaks must not empty a whole fleet. It is judged on what the expressions ask
 * for, before anything tempers it, and for each source by itself.
 *
 *   off ──► at least half of the apps that could shrink, and at least four, fall at once ──► on: nothing shrinks
 *   on  ──► fewer than half of them are down, or all were let go, or an operator says so ──► off
 */
import { appended } from '../model/appended.js';
import { both, letSomeGo, type Holding, type Wanting } from './brake-let-go.js';
import { fromReferences, toReferences, type StoredBrake } from './brake-stored.js';
import {
  emptyUnit,
  hasFallen,
  isDownFrom,
  NO_VALUES,
  type BrakeReading,
  type Peak,
  type Unit,
  type UnitName,
} from './brake-unit.js';
import { formatDurationMs } from '../time/duration.js';

export interface BrakeSettings {
  /** The share of the apps that could shrink from which on a fall is not believed. Default 0.5. */
  readonly share: number;
  /** An app's reference is its highest recommendation of so long. */
  readonly windowMs: number;
  /** After so long of good samples, apps that are down are let go, a tenth of them a minute. Default 10 minutes. */
  readonly letGoAfterMs: number;
}

export interface BrakeCount {
  /** Apps that could shrink, and those of them that fell. */
  readonly able: number;
  readonly down: number;
}

export type BrakeChange = 'tripped' | 'ended' | 'let-go';

const LEAST_APPS = 4;
const SCAN_AGAIN_MS = 1000;

/** One source. Times are monotonic; the caller gives them in order. */
export class SourceBrake implements Holding {
  readonly #settingsNow: () => BrakeSettings;
  /** Of each app one for each count that reads the source. */
  readonly #units = new Map<string, readonly Unit[]>();
  readonly #letGo = new Set<string>();
  #onSinceMs: number | null = null;
  #letGoAtMs = 0;
  #scannedAtMs = Number.NEGATIVE_INFINITY;
  #count: BrakeCount = { able: 0, down: 0 };
  /** Apps that are down; while they are few, nobody needs to look at the whole fleet. */
  #downApps = 0;

  /** `settings` may change between calls. */
  constructor(settings: () => BrakeSettings) {
    this.#settingsNow = settings;
  }

  get #settings(): BrakeSettings {
    return this.#settingsNow();
  }

  get isOn(): boolean {
    return this.#onSinceMs !== null;
  }

  /** Monotonic; null while it is off. */
  get onSinceMs(): number | null {
    return this.#onSinceMs;
  }

  /** As it was judged last. */
  get count(): BrakeCount {
    return this.#count;
  }

  /** So many are down that it may be a fall, by how many could shrink when it was judged last. */
  get mayHaveFallen(): boolean {
    return !this.isOn && this.#isFall({ able: this.#count.able, down: this.#downApps }, LEAST_APPS);
  }

  note(reading: BrakeReading, nowMs: number): void {
    if (reading.value === null && reading.isStoodInFor !== true) {
      // It cannot shrink anyway, and says nothing of a fall.
      const known = this.#known(reading);
      if (known !== undefined) known.freshSinceMs = null;
      return;
    }
    const unit = this.#unitOf(reading);
    if (reading.value === null) unit.freshSinceMs = null;
    else unit.freshSinceMs ??= nowMs;
    unit.recommended = reading.recommended;
    unit.minimum = Math.min(reading.recommendedAt(0), reading.recommended);
    const { recommended: count, value, others } = reading;
    this.#push(unit, { count, value, others, untilMs: 0 }, nowMs);
    this.#setDown(unit, isDownFrom(this.#reference(unit, nowMs), unit, reading), nowMs);
  }

  /** The app leaves. */
  drop(app: string): void {
    this.#keep(app, []);
  }

  /** Counts that do not read the source any more are nothing to it: those that are down would hold the others for ever. */
  keepOnly(reads: (count: UnitName) => boolean): void {
    for (const [app, units] of this.#units) this.#keep(app, units.filter(reads));
    this.#scannedAtMs = Number.NEGATIVE_INFINITY;
  }

  get isEmpty(): boolean {
    return this.#units.size === 0;
  }

  #keep(app: string, left: readonly Unit[]): void {
    for (const unit of this.#units.get(app) ?? []) {
      if (!left.includes(unit)) this.#setDown(unit, false);
    }
    if (left.length > 0) {
      this.#units.set(app, left);
    } else {
      this.#units.delete(app);
      this.#letGo.delete(app);
    }
  }

  /**
   * To be asked before anything is let shrink, when all that is known has been noted, and often enough that no reference
   * grows old meanwhile: what is held for another reason asks for nothing. `together`: the brakes that are on for
   * sources of its address, itself among them; apps are let go of all of them at the pace of one. `unheard`: how many
   * apps nothing has been noted of yet, each of which may be able to shrink.
   */
  judge(
    nowMs: number,
    together: readonly SourceBrake[] = [this],
    unheard: () => number = () => 0,
  ): BrakeChange | null {
    if (!this.isOn) {
      if (this.#downApps < LEAST_APPS) return null;
      this.#count = this.#scan(nowMs);
      const { able, down } = this.#count;
      return this.#isFall({ able: able + unheard(), down }, LEAST_APPS) ? this.#trip(nowMs) : null;
    }
    if (nowMs - this.#scannedAtMs < SCAN_AGAIN_MS) return null;
    this.#count = this.#scan(nowMs);
    const isFall = this.#isFall(this.#count, 1);
    const hasLetGo = isFall && letSomeGo(together, nowMs);
    if (isFall && !this.#areAllLetGo(nowMs)) return hasLetGo ? 'let-go' : null;
    this.release(nowMs);
    return 'ended';
  }

  /** Null: the app may shrink for all that the brake knows. */
  whyHeld(app: string, nowMs: number): string | null {
    if (this.#onSinceMs === null || this.#letGo.has(app)) return null;
    const { able, down } = this.#count;
    const forMs = Math.max(0, Math.floor((nowMs - this.#onSinceMs) / 1000) * 1000);
    return `${down} of ${able} apps that could shrink fell to half or to their minimum; on for ${formatDurationMs(forMs)}`;
  }

  /** It ends, and what is asked for now is what later falls are measured by. False when it was not on. */
  release(nowMs: number): boolean {
    if (this.#onSinceMs === null) return false;
    this.#onSinceMs = null;
    this.#letGo.clear();
    for (const unit of this.#all()) {
      const last = unit.peaks.at(-1);
      unit.frozen = null;
      unit.peaks = last === undefined ? [] : [last];
      this.#setDown(unit, false);
    }
    this.#scannedAtMs = nowMs;
    return true;
  }

  /** The clocks jumped: what was seen before says nothing of now. A brake that is on stays on. */
  forget(): void {
    for (const unit of this.#all()) {
      unit.freshSinceMs = null;
      unit.peaks = unit.peaks.slice(-1);
    }
  }

  stored(now: { readonly wallMs: number; readonly elapsedMs: number }): StoredBrake | null {
    if (this.#onSinceMs === null) return null;
    const sinceMs = now.wallMs - (now.elapsedMs - this.#onSinceMs);
    return { sinceMs, letGo: [...this.#letGo], references: toReferences(this.#all()) };
  }

  /** As it was before a restart. Apps that were not let go begin their time of good samples anew. */
  restore(
    { sinceMs, letGo, references }: StoredBrake,
    now: { readonly wallMs: number; readonly elapsedMs: number },
  ): void {
    this.#onSinceMs = now.elapsedMs - Math.max(0, now.wallMs - sinceMs);
    for (const app of letGo) this.#letGo.add(app);
    for (const unit of fromReferences(references)) {
      this.#add(unit);
      // Down until something better is heard of it: a brake does not end because nobody has been asked yet.
      this.#setDown(unit, true, now.elapsedMs);
    }
    this.#count = this.countAt(now.elapsedMs);
  }

  #known({ app, policy, count }: UnitName): Unit | undefined {
    return this.#units.get(app)?.find((unit) => unit.policy === policy && unit.count === count);
  }

  #unitOf(reading: BrakeReading): Unit {
    const known = this.#known(reading);
    if (known !== undefined) return known;
    const { app, policy, count, present, recommended } = reading;
    // After a start what there is counts as what was asked for.
    const highest = Math.max(present, recommended);
    const fresh = emptyUnit({ app, policy, count }, recommended);
    // Not pushed: that makes room for many more, and nearly every app has but one.
    const untilMs = Number.POSITIVE_INFINITY;
    fresh.peaks = [{ count: highest, value: null, others: NO_VALUES, untilMs }];
    if (this.isOn) fresh.frozen = fresh.peaks[0] ?? null;
    this.#add(fresh);
    return fresh;
  }

  #add(unit: Unit): void {
    this.#units.set(unit.app, appended(this.#units.get(unit.app) ?? [], unit));
  }

  #all(): readonly Unit[] {
    return [...this.#units.values()].flat();
  }

  #push(unit: Unit, peak: Peak, nowMs: number): void {
    const { peaks } = unit;
    const last = peaks.at(-1);
    if (last !== undefined) last.untilMs = nowMs;
    while ((peaks.at(-1)?.count ?? Number.POSITIVE_INFINITY) <= peak.count) peaks.pop();
    peak.untilMs = Number.POSITIVE_INFINITY;
    peaks.push(peak);
  }

  #reference(unit: Unit, nowMs: number): Peak | null {
    if (unit.frozen !== null) return unit.frozen;
    const { peaks } = unit;
    while ((peaks[0]?.untilMs ?? nowMs) < nowMs - this.#settings.windowMs) peaks.shift();
    return peaks[0] ?? null;
  }

  #setDown(unit: Unit, isDown: boolean, nowMs = 0): void {
    if (unit.isDown === isDown) return;
    unit.isDown = isDown;
    unit.downSinceMs = isDown ? nowMs : null;
    const others = this.#units.get(unit.app) ?? [];
    if (others.some((other) => other !== unit && other.isDown)) return;
    this.#downApps += isDown ? 1 : -1;
  }

  #scan(nowMs: number): BrakeCount {
    this.#scannedAtMs = nowMs;
    return this.countAt(nowMs);
  }

  /** As it is now. It looks at every app; `count` is as it was judged last, which while few are down is long ago. */
  countAt(nowMs: number): BrakeCount {
    const able = new Set<string>();
    const down = new Set<string>();
    for (const unit of this.#all()) {
      const reference = this.#reference(unit, nowMs);
      if (reference === null) continue;
      // A reference that has grown old is no longer one to have fallen from.
      if (unit.isDown && !hasFallen(unit.recommended, reference.count, unit.minimum)) {
        this.#setDown(unit, false);
      }
      if (reference.count > unit.minimum) able.add(unit.app);
      if (unit.isDown) down.add(unit.app);
    }
    return { able: able.size, down: down.size };
  }

  #isFall({ able, down }: BrakeCount, least: number): boolean {
    return down >= least && down >= able * this.#settings.share;
  }

  #trip(nowMs: number): BrakeChange {
    this.#onSinceMs = nowMs;
    this.#letGoAtMs = nowMs + this.#settings.letGoAfterMs;
    for (const unit of this.#all()) unit.frozen = this.#reference(unit, nowMs);
    return 'tripped';
  }

  /** From when on some may be let go. */
  get letGoAtMs(): number {
    return this.#letGoAtMs;
  }

  letGo(apps: readonly string[], nextAtMs: number): void {
    for (const app of apps) this.#letGo.add(app);
    this.#letGoAtMs = nextAtMs;
  }

  /** Apps that want less than their reference, those that were let go among them. */
  wanting(nowMs: number): ReadonlyMap<string, Wanting> {
    const wanting = new Map<string, Wanting>();
    for (const unit of this.#all()) {
      const loss = (unit.frozen?.count ?? 0) - unit.recommended;
      if (loss <= 0) continue;
      // Who fell later is held for as long from then on: the source may have begun to lie only then.
      const sinceMs = Math.max(unit.freshSinceMs ?? nowMs, unit.downSinceMs ?? 0);
      const isFresh = nowMs - sinceMs >= this.#settings.letGoAfterMs;
      const isLetGo = this.#letGo.has(unit.app);
      wanting.set(unit.app, both(wanting.get(unit.app), { loss, isFresh, isLetGo }));
    }
    return wanting;
  }

  #areAllLetGo(nowMs: number): boolean {
    const wanting = [...this.wanting(nowMs).values()];
    return wanting.length > 0 && wanting.every(({ isLetGo }) => isLetGo);
  }
}
