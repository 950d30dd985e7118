/** Load as a pure function of time: the same at any moment from the same shape and seed, whoever asks and however often. */
export type LoadShape = {
  /** Relative noise, 0.1 for up to ten percent either way; steady for 15 s at a time. Default 0. */
  readonly noise?: number;
} & (
  | { readonly kind: 'flat'; readonly level: number }
  /** A sine between the two; begins at its lowest point unless shifted. */
  | {
      readonly kind: 'wave';
      readonly low: number;
      readonly high: number;
      readonly periodMs: number;
      readonly shiftMs?: number;
    }
  /** `peak` for `lengthMs` at `firstMs` and again every `everyMs`, else `base`. */
  | {
      readonly kind: 'spike';
      readonly base: number;
      readonly peak: number;
      readonly firstMs: number;
      readonly everyMs: number;
      readonly lengthMs: number;
    }
  /** From one level to the other in a straight line, and there it stays. */
  | {
      readonly kind: 'ramp';
      readonly from: number;
      readonly to: number;
      readonly beginMs: number;
      readonly lengthMs: number;
    }
  /** A queue that fills and is worked off: `on` for `onMs`, `off` for `offMs`, and so on. */
  | {
      readonly kind: 'on-off';
      readonly on: number;
      readonly off: number;
      readonly onMs: number;
      readonly offMs: number;
      readonly shiftMs?: number;
    }
  /** The level of the last step that has begun; 0 before the first. */
  | { readonly kind: 'steps'; readonly steps: readonly (readonly [atMs: number, level: number])[] }
);

/** How long a cordoned machine works off what it had, unless its source says otherwise. */
export const USUAL_WORK_MS = 60_000;

const NOISE_STEP_MS = 15_000;

/** The load at `tMs` after the world began; a whole number unless the shape's levels are not finite. Never below zero. */
export function loadAt(shape: LoadShape, tMs: number, seed: number): number {
  const level = levelAt(shape, tMs);
  if (shape.noise === undefined || shape.noise === 0) return roundLoad(level);
  const lot = lotAt(seed, Math.floor(tMs / NOISE_STEP_MS));
  return roundLoad(level * (1 + shape.noise * (2 * lot - 1)));
}

function roundLoad(level: number): number {
  return Number.isFinite(level) ? Math.max(0, Math.round(level)) : level;
}

function levelAt(shape: LoadShape, tMs: number): number {
  switch (shape.kind) {
    case 'flat':
      return shape.level;
    case 'wave': {
      const turn = (tMs + (shape.shiftMs ?? 0)) / shape.periodMs;
      return shape.low + ((shape.high - shape.low) * (1 - Math.cos(2 * Math.PI * turn))) / 2;
    }
    case 'spike': {
      const sinceMs = tMs - shape.firstMs;
      return sinceMs >= 0 && sinceMs % shape.everyMs < shape.lengthMs ? shape.peak : shape.base;
    }
    case 'ramp': {
      const share = Math.min(1, Math.max(0, (tMs - shape.beginMs) / shape.lengthMs));
      return shape.from + (shape.to - shape.from) * share;
    }
    case 'on-off': {
      const place = (tMs + (shape.shiftMs ?? 0)) % (shape.onMs + shape.offMs);
      return place < shape.onMs ? shape.on : shape.off;
    }
    case 'steps': {
      let level = 0;
      for (const [atMs, next] of shape.steps) if (atMs <= tMs) level = next;
      return level;
    }
  }
}

/** A number in [0, 1) for a place in time. */
function lotAt(seed: number, place: number): number {
  let t = (seed ^ Math.imul(place + 1, 0x9e3779b1)) >>> 0;
  t = Math.imul(t ^ (t >>> 16), 0x85ebca6b);
  t = Math.imul(t ^ (t >>> 13), 0xc2b2ae35);
  return ((t ^ (t >>> 16)) >>> 0) / 4_294_967_296;
}

/** Where a metric's values come from. */
export interface MetricSource {
  /**
   * `outside`: one series, there whatever the machines do (a queue). `machines`: split over the started ones, gone
   * without any; a cordoned one gets nothing new, and works off what it had.
   */
  readonly emitter: 'outside' | 'machines';
  /** `tMs` since the world began; null: nothing was emitted at that time. */
  readonly valueAt: (tMs: number) => number | null;
  /** True: seen at scrape times only. Values set by hand are seen at once. */
  readonly isScraped: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** With `machines`: how long a cordoned one takes to work off what it had. */
  readonly workMs: number;
  /** No samples from here on; the last one shows until the lookback ends. */
  endedAtMs: number | null;
}

/** Values set by hand, each from its time on. */
export class SetValues {
  readonly #points: { readonly tMs: number; readonly value: number }[] = [];

  set(tMs: number, value: number): void {
    this.#points.push({ tMs, value });
    // Queries look back minutes, not thousands of changes.
    if (this.#points.length > 4096) this.#points.splice(0, 2048);
  }

  at(tMs: number): number | null {
    for (let i = this.#points.length - 1; i >= 0; i--) {
      const point = this.#points[i];
      if (point !== undefined && point.tMs <= tMs) return point.value;
    }
    return null;
  }
}
