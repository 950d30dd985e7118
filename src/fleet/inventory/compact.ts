/**
 * Machines as a screen needs them, small enough to keep for a whole fleet: about 250 bytes each, the rest is shared.
 * What only a clone needs (image, environment, files, mounts) is left out: it is read anew before a machine is made.
 */
import type { JsonValue, Machine, MachineConfig } from '../../core/model/machine.js';
import { removalMark, RUN_KEY } from '../../core/machines/marks.js';
import { PROTECT_KEY } from '../../core/machines/protect.js';
import { isGone, isInTransit } from '../../core/machines/states.js';

/** Texts and configurations that are shared; beyond so many of them a new set is begun. */
const POOL_SIZE = 2000;

export class Compactor {
  readonly #texts = new Map<string, string>();
  readonly #configs = new Map<string, MachineConfig>();

  /** Machines that are gone are left out. Returns `before` itself when nothing has changed. */
  compact(machines: readonly Machine[], before: readonly Machine[] | null): readonly Machine[] {
    const known = new Map(before?.map((machine) => [machine.id, machine]));
    const metadata = new Map<string, Machine['metadata']>();
    const list = machines
      .filter((machine) => !isGone(machine))
      .map((machine) => this.#machine(machine, known.get(machine.id), metadata))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const isSame =
      before?.length === list.length && list.every((machine, i) => machine === before[i]);
    return isSame ? before : list;
  }

  #machine(
    machine: Machine,
    before: Machine | undefined,
    metadata: Map<string, Machine['metadata']>,
  ): Machine {
    const { config, lease, lastExit, neverRan, unread } = machine;
    // Whether it was made to run, or is a copy of one that was, its name tells; most have run by then.
    const isToRun = neverRan === true && machine.metadata[RUN_KEY] !== undefined;
    const compact: Machine = {
      id: machine.id,
      name: isToRun || machine.metadata[PROTECT_KEY] !== undefined ? machine.name : '',
      state: this.#text(machine.state),
      region: this.#text(machine.region),
      version: machine.version,
      createdAtMs: machine.createdAtMs,
      updatedAtMs: machine.updatedAtMs,
      hostStatus: machine.hostStatus,
      isCordoned: machine.isCordoned,
      metadata: shared(metadata, isToRun ? machine.metadata : withoutRunKey(machine.metadata)),
      config: config === null ? null : shared(this.#configs, screened(config)),
      imageRef: null,
      ...(lease === undefined ? {} : { lease }),
      ...(lastExit === undefined ? {} : { lastExit }),
      ...(unread === undefined ? {} : { unread }),
      ...(isToRun ? { neverRan } : {}),
    };
    if (this.#configs.size > POOL_SIZE) this.#configs.clear();
    return before !== undefined && JSON.stringify(before) === JSON.stringify(compact)
      ? before
      : compact;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size > POOL_SIZE) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}

/** Nothing is to be known of it once the machine has run. */
function withoutRunKey(metadata: Machine['metadata']): Machine['metadata'] {
  if (metadata[RUN_KEY] === undefined) return metadata;
  const { [RUN_KEY]: _, ...rest } = metadata;
  return rest;
}

/** One object for all that say the same. */
function shared<T extends object>(pool: Map<string, T>, value: T): T {
  const key = JSON.stringify(value);
  const known = pool.get(key);
  if (known !== undefined) return known;
  pool.set(key, value);
  return value;
}

/** What of a configuration a screen reads; a test says what it lacks. */
export const SCREENED_KEYS: ReadonlySet<string> = new Set([
  'standbys',
  'schedule',
  'services',
  'stop_config',
  'guest',
  'init',
]);

/** Who starts and stops the machine, how long a stop may take, and whether it can be suspended. */
function screened(config: MachineConfig): MachineConfig {
  const { standbys, schedule, services, stop_config: stop } = config;
  const guest = picked(config['guest'], ['memory_mb', 'gpu_kind', 'gpus']);
  const init = picked(config['init'], ['swap_size_mb']);
  return {
    ...(standbys === undefined ? {} : { standbys }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(services === undefined ? {} : { services: services.map(autostopOf) }),
    ...(stop?.timeout === undefined ? {} : { stop_config: { timeout: stop.timeout } }),
    ...(guest === null ? {} : { guest }),
    ...(init === null ? {} : { init }),
  };
}

/** Null when it has none of these. */
function picked(
  value: JsonValue | undefined,
  keys: readonly string[],
): Readonly<Record<string, JsonValue>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>).filter(([key]) =>
    keys.includes(key),
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function autostopOf(service: NonNullable<MachineConfig['services']>[number]): {
  readonly autostop?: boolean | string;
} {
  return service.autostop === undefined ? {} : { autostop: service.autostop };
}

/**
 * True when nothing about the machine will pass by itself without the organization's list telling: hosts come back,
 * leases and cordons end, transits do, and of none of them that list knows.
 */
export function isPlain(machine: Machine): boolean {
  return (
    machine.hostStatus === 'ok' &&
    machine.config !== null &&
    machine.unread === undefined &&
    !machine.isCordoned &&
    machine.lease === undefined &&
    !isInTransit(machine) &&
    removalMark(machine) === null
  );
}
