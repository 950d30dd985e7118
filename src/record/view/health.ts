import type { Clock } from '../../seams/clock.js';
import type { AppError, ErrorCode } from '../../core/model/errors.js';
import { isOfGoneApp } from '../report/problem.js';
import type { Recorder } from '../../seams/events.js';

/** Whether the loop ticks and does its work. */
export interface Health {
  readonly recorder: Recorder;
  /**
   * False when no tick came for three intervals and 10 s since the last: the loop hangs, a restart may help.
   * Before the first tick the apps may not be known yet, because Fly does not answer: no restart helps there.
   */
  isLive(): boolean;
  /**
   * Why it is not ready, for people. Null: it is, once the apps are known and a pass is done, or once the list turned out to be
   * empty, and while Fly does not refuse us.
   */
  whyNotReady(): string | null;
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set(['fly-unauthorized', 'fly-forbidden']);

/** `interval.ms`: time from one tick to the next, at present. */
export function createHealth(clock: Clock, interval: { readonly ms: number }): Health {
  let lastTickMs: number | null = null;
  let hasBegun = false;
  /** What Fly said when it refused the app list, and when it refused the newest passes. */
  let refusedList: string | null = null;
  let refusedPass: string | null = null;
  let lastGoodPassMs = Number.NEGATIVE_INFINITY;
  const graceMs = (): number => 3 * interval.ms + 10_000;

  /** One app may be refused to us by its own fault: it is no more than that while other passes succeed. */
  const onFailedPass = ({ code, message }: AppError): void => {
    if (!REFUSALS.has(code)) hasBegun = true;
    else if (clock.elapsedMs() - lastGoodPassMs > graceMs()) refusedPass = message;
  };

  const whyNotReady = (): string | null => {
    const refused = refusedList ?? refusedPass;
    if (refused !== null) return `Fly refuses us: ${refused}`;
    return hasBegun ? null : 'no pass is done yet';
  };

  return {
    recorder: {
      pass(report) {
        if (report.error !== null && !isOfGoneApp(report)) {
          onFailedPass(report.error);
          return;
        }
        hasBegun = true;
        refusedPass = null;
        lastGoodPassMs = clock.elapsedMs();
      },
      fleet(event) {
        if (event.kind === 'tick') lastTickMs = clock.elapsedMs();
        // The apps of a new configuration may have to be listed first.
        if (event.kind === 'reconfigured') lastTickMs = null;
        if (event.kind === 'app-list-failed' && REFUSALS.has(event.error.code))
          refusedList = event.error.message;
        if (event.kind !== 'app-list') return;
        refusedList = null;
        if (event.apps.length === 0) hasBegun = true;
      },
    },
    isLive: () => lastTickMs === null || clock.elapsedMs() - lastTickMs <= graceMs(),
    whyNotReady,
  };
}
