import { formatDurationMs } from './duration.js';
import { parseCron } from './cron.js';
import { timeZone, type Zone } from './local-time.js';
import { windowState, type ScheduleWindow, type WindowState } from './window.js';

/** A window as a person wrote it: it opens when `cron` says so in that zone, and stays open for so long. */
export interface WrittenRecurrence {
  /** Five fields, as crontab(5) has them. */
  readonly cron: string;
  readonly durationMs: number;
  /** IANA name. */
  readonly zone: string;
}

/** Written again and made anew it is the same: nothing of it is lost where decisions are recorded. */
export class Recurrence {
  readonly written: WrittenRecurrence;
  readonly #window: ScheduleWindow;
  readonly #zone: Zone;
  /** Thousands of apps ask at each tick: an answer is kept for as long as it holds. */
  #known: (WindowState & { readonly fromMs: number }) | null = null;

  /** Throws `CronError`, or for a zone that does not exist. */
  constructor(written: WrittenRecurrence) {
    this.written = written;
    this.#window = { starts: parseCron(written.cron), durationMs: written.durationMs };
    this.#zone = timeZone(written.zone);
  }

  /** "0 8 * * 1-5 for 10h, Europe/Berlin" */
  get text(): string {
    const { cron, durationMs, zone } = this.written;
    return `${cron} for ${formatDurationMs(durationMs)}, ${zone}`;
  }

  /** Whether it is open, and until when that holds at least. */
  stateAt(nowMs: number): WindowState {
    const known = this.#known;
    if (known !== null && nowMs >= known.fromMs && nowMs < known.untilMs) return known;
    const state = { ...windowState(this.#window, this.#zone, nowMs), fromMs: nowMs };
    this.#known = state;
    return state;
  }
}
