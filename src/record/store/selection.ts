/** Which passes are stored. */
import { appended } from '../../core/model/appended.js';
import type { RecordedKind } from '../../seams/views.js';
import { gistOf } from '../report/gist.js';
import { SharedTexts } from '../report/shared-texts.js';
import { spread } from './value-buffer.js';
import type { PassReport } from '../../seams/events.js';

const REGULAR_MS = 15 * 60_000;

interface Entry {
  readonly policy: string;
  /** Of the pass that was stored last. */
  gist: string;
  /** Monotonic time from when on a pass is stored although nothing is new. */
  dueMs: number;
}

export class Selection {
  readonly #apps = new Map<string, readonly Entry[]>();
  readonly #texts = new SharedTexts();

  /** Null when it is not stored. With `isCrowded` only what acts is: the others come again with a later pass. */
  choose(report: PassReport, elapsedMs: number, isCrowded: boolean): RecordedKind | null {
    const { app, policy, outcomes } = report;
    const entry = this.#entry(app, policy.name);
    const isActing = outcomes.some(({ result }) => result !== 'dry');
    if (!isActing && isCrowded) return null;
    const gist = gistOf(report);
    const isFirst = entry.dueMs === Number.NEGATIVE_INFINITY;
    const isChanged = isFirst || gist !== entry.gist;
    if (!isActing && !isChanged && elapsedMs < entry.dueMs) return null;
    // Spread over the time from one to the next, so that a fleet that began together does not write together.
    const afterMs = isFirst ? (spread(`${app} ${policy.name}`) / 2 ** 32) * REGULAR_MS : REGULAR_MS;
    entry.dueMs = elapsedMs + afterMs;
    entry.gist = this.#texts.of(gist);
    return isActing ? 'acts' : isChanged ? 'changed' : 'regular';
  }

  forget(app: string): void {
    this.#apps.delete(app);
  }

  #entry(app: string, policy: string): Entry {
    const entries = this.#apps.get(app) ?? [];
    const known = entries.find((entry) => entry.policy === policy);
    if (known !== undefined) return known;
    const entry = { policy, gist: '', dueMs: Number.NEGATIVE_INFINITY };
    this.#apps.set(app, appended(entries, entry));
    return entry;
  }
}
