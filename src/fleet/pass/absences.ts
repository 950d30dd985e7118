/** Asks Fly for machines that lists lack, each by its id: only Fly's word about that machine is an absence. */
import { abortable, type Clock } from '../../seams/clock.js';
import { isGone } from '../../core/machines/states.js';
import { beginReading, type Reading } from '../base/reading.js';
import { leaseMachine } from '../../core/machines/lease.js';
import type { Machine } from '../../core/model/machine.js';
import type { SeenMachines } from '../inventory/seen.js';
import { Slots } from '../base/slots.js';
import type { FlyReader } from '../../seams/fly.js';

/** Apps that are asked about at once. */
const APPS_AT_ONCE = 10;
/** In a pass, of one app. */
const MOST_ASKED = 50;
const ASKED_AT_ONCE = 16;
/** As long as all that were asked for are gone, twice as many follow. One that is there says that the list is not whole. */
const FIRST_ASKED = 2;
/** A pass waits no longer, its turn among others included: what does not depend on the answer is to go on. */
const LIMIT_MS = 5000;
/** At a tick, of all apps: what nobody waits for. */
const MOST_SWEPT = 20;
/** A list that runs behind has shown by then what was made. */
const SWEEP_AFTER_MS = 10_000;

export interface AbsencesOptions {
  readonly fly: FlyReader;
  readonly clock: Clock;
  readonly seen: SeenMachines;
  readonly timeoutMs: () => number;
  /** What is known of the app's machines is another. */
  readonly onNews: (app: string) => void;
}

export class Absences {
  readonly #options: AbsencesOptions;
  readonly #slots = new Slots(APPS_AT_ONCE);
  /** The next sweep goes on after this app: one with many absent machines is not to take the turn of all others. */
  #lastSwept = '';
  /** By app and machine. */
  readonly #asking = new Map<string, Promise<boolean>>();

  constructor(options: AbsencesOptions) {
    this.#options = options;
  }

  /**
   * Asks for machines that the app's list lacks, while growth waits for them. True when more is known of them than before.
   * Rejects only when the signal aborts.
   */
  async ask(app: string, signal: AbortSignal): Promise<boolean> {
    if (this.#options.seen.dueToAsk(app, 1).length === 0) return false;
    const reading = this.#beginReading(signal);
    try {
      const leave = await this.#slots.acquire(reading.signal);
      return await this.#askInTurn(app, reading.signal).finally(leave);
    } catch {
      signal.throwIfAborted();
      return false;
    } finally {
      reading.end();
    }
  }

  /**
   * As `leaseMachine`, absent machines among them: whoever sees them takes the lease of one of these. One is left out when Fly
   * does not say that it is there, so that nobody waits for a region that is down. Rejects only when the signal aborts.
   */
  async leaseMachine(
    app: string,
    machines: readonly Machine[],
    signal: AbortSignal,
  ): Promise<Machine | null> {
    const { seen } = this.#options;
    for (;;) {
      const machine = leaseMachine(seen.withAbsent(app, machines));
      if (machine === null || !seen.dueToAsk(app, Number.POSITIVE_INFINITY).includes(machine.id))
        return machine;
      const reading = this.#beginReading(signal);
      await this.#askFor(app, machine.id, reading.signal).finally(() => reading.end());
      signal.throwIfAborted();
    }
  }

  /** Those that nobody waits for are asked for too, a few at each tick: a machine that is gone is not to count for ever. */
  sweep(signal: AbortSignal): void {
    const { seen } = this.#options;
    const due: [string, string][] = [];
    const apps = seen.incompleteApps;
    const next = apps.indexOf(this.#lastSwept) + 1;
    for (const app of [...apps.slice(next), ...apps.slice(0, next)]) {
      const left = MOST_SWEPT - due.length;
      if (left === 0) break;
      this.#lastSwept = app;
      for (const id of seen.dueToAsk(app, left, SWEEP_AFTER_MS)) due.push([app, id]);
    }
    if (due.length === 0) return;
    const reading = this.#beginReading(signal);
    void Promise.all(due.map(([app, id]) => this.#askFor(app, id, reading.signal))).finally(() =>
      reading.end(),
    );
  }

  #beginReading(signal: AbortSignal): Reading {
    const { clock, timeoutMs } = this.#options;
    return beginReading(clock, Math.min(LIMIT_MS, timeoutMs()), signal);
  }

  async #askInTurn(app: string, signal: AbortSignal): Promise<boolean> {
    const { seen } = this.#options;
    let asked = 0;
    for (let wave = FIRST_ASKED; asked < MOST_ASKED; wave *= 2) {
      const due = seen.dueToAsk(app, Math.min(wave, ASKED_AT_ONCE, MOST_ASKED - asked));
      asked += due.length;
      const areGone = await Promise.all(due.map((id) => this.#askFor(app, id, signal)));
      if (due.length === 0 || areGone.includes(false)) break;
    }
    return asked > 0;
  }

  /** True when it is gone. Whoever asks for the same machine meanwhile waits for the same answer. */
  #askFor(app: string, id: string, signal: AbortSignal): Promise<boolean> {
    const key = `${app} ${id}`;
    const asking =
      this.#asking.get(key) ??
      this.#request(app, id, signal).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #request(app: string, id: string, signal: AbortSignal): Promise<boolean> {
    const { fly, seen, onNews } = this.#options;
    try {
      const machine = await abortable(signal, fly.getMachine(app, id, signal));
      const isRead = machine?.unread === undefined;
      if (machine === null || (isRead && isGone(machine))) {
        seen.forget(app, id);
        onNews(app);
        return true;
      }
      // What cannot be read, such as an answer about another machine, is no word about this one.
      if (isRead) seen.met(app, machine);
      else seen.unanswered(app, id);
      onNews(app);
    } catch {
      seen.unanswered(app, id);
    }
    return false;
  }
}
