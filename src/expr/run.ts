import { GoError } from './error.js';
import { Time, type Location } from './go/time.js';
import { localZone } from './go/zone.js';
import type { ExprLimits } from './limits.js';
import type { ExprValue } from './values.js';

/** What the metrics are worth. A name that is absent, null or undefined is nil. */
export type ExprVariables =
  | Readonly<Record<string, number | null | undefined>>
  | ReadonlyMap<string, number | null | undefined>;

export interface RunOptions {
  /** Milliseconds since 1970. `now()` fails where it is absent: the language has no clock of its own. */
  readonly now?: (() => number) | undefined;
  /** IANA name of the zone that `now()` and `Local()` speak of. Default: the zone of the process. */
  readonly localZone?: string | undefined;
  /** Told each metric that the run reads, each time it reads it, whether it has a value or not. */
  readonly onRead?: ((name: string) => void) | undefined;
  /** Replaces the step limit of the program. */
  readonly maxSteps?: number | undefined;
}

/** The loop that a predicate runs in. */
export class Scope {
  readonly length: number;
  readonly item: (index: number) => ExprValue;
  index = 0;
  accumulator: ExprValue = null;

  constructor(length: number, item: (index: number) => ExprValue) {
    this.length = length;
    this.item = item;
  }
}

const noVariables: ExprVariables = {};
export const noOptions: RunOptions = {};

/** Everything that one run of a program changes. */
export class Run {
  readonly #limits: ExprLimits;
  readonly slots: ExprValue[];
  variables: ExprVariables = noVariables;
  options: RunOptions = noOptions;
  scope: Scope | undefined;
  #steps = 0;
  #memory = 0;
  #text = 0;
  #maxSteps = 0;
  #map: ReadonlyMap<string, unknown> | undefined;
  #onRead: RunOptions['onRead'];

  constructor(limits: ExprLimits, slotCount: number) {
    this.#limits = limits;
    this.#maxSteps = limits.steps;
    this.slots = Array.from<ExprValue>({ length: slotCount }).fill(null);
  }

  begin(variables: ExprVariables, options: RunOptions): void {
    this.variables = variables;
    this.#map = variables instanceof Map ? variables : undefined;
    this.#steps = 0;
    this.#memory = 0;
    this.#text = 0;
    if (options === noOptions) return;
    this.options = options;
    this.#onRead = options.onRead;
    this.#maxSteps = options.maxSteps ?? this.#limits.steps;
  }

  /** Drops what the run held, so that a program that is kept does not keep its last metrics. */
  end(): void {
    this.variables = noVariables;
    this.#map = undefined;
    this.scope = undefined;
    if (this.options !== noOptions) {
      this.options = noOptions;
      this.#onRead = undefined;
      this.#maxSteps = this.#limits.steps;
    }
    if (this.slots.length > 0) this.slots.fill(null);
  }

  /** The value of a metric: only what the object itself holds, never what its prototype does. */
  read(name: string, at = -1): ExprValue {
    if (this.#onRead !== undefined) this.#onRead(name);
    if (this.#map !== undefined) return metric(name, this.#map.get(name), at);
    const variables = this.variables as Readonly<Record<string, unknown>>;
    // Engines do this faster than Object.hasOwn, and every read of a metric pays for it.
    if (!Object.prototype.hasOwnProperty.call(variables, name)) return null;
    const value = variables[name];
    return typeof value === 'number' ? value : metric(name, value, at);
  }

  /** Names of the environment, sorted: Go's order is random, and a run must repeat exactly. */
  keys(): string[] {
    const variables = this.variables;
    const names: string[] =
      variables instanceof Map ? [...variables.keys()] : Object.keys(variables);
    return names.sort();
  }

  spendSteps(count: number): void {
    this.#steps += count;
    if (this.#steps > this.#maxSteps) throw new GoError('step budget exceeded');
  }

  /** Counts array and map elements. Expr's budget is the first size that fails, not the last that fits. */
  allocate(elements: number): void {
    this.#memory += elements;
    if (this.#memory >= this.#limits.memory) throw new GoError('memory budget exceeded');
    this.spendSteps(elements);
  }

  /** Counts text that is about to be created. */
  allocateText(units: number): void {
    this.#text += units;
    if (this.#text > this.#limits.text) throw new GoError('memory budget exceeded');
    this.spendSteps(Math.ceil(units / 16));
  }

  get local(): Location {
    return localZone(this.options.localZone);
  }

  now(location: Location): Time {
    const clock = this.options.now;
    if (clock === undefined) throw new GoError('now() needs a clock, and this run was given none');
    const millis = clock();
    if (!Number.isFinite(millis)) throw new GoError('now() got a time that is not finite');
    return Time.fromMillis(millis, location);
  }
}

function metric(name: string, value: unknown, at: number): ExprValue {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return null;
  throw new GoError(`variable ${name} is not a number`, at);
}

/** One linked part of a program. */
export type Closure = (run: Run) => ExprValue;
