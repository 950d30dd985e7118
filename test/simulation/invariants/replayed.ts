import { replay } from '../../../src/record/replay/replay.js';
import { decodePass, encodePass, unpackText } from '../../../src/record/store/body.js';
import { Selection } from '../../../src/record/store/selection.js';
import type { Check, Ground } from '../invariant.js';
import type { PassReport } from '../../../src/seams/events.js';

const ORIGIN = { engine: 'simulated', configHash: 'simulated' };

/** Each decision can be computed again bit for bit, and those that the record keeps from what is kept of them. */
export function replayed(ground: Ground): Check {
  const selections = new Map<string, Selection>();
  const parts: string[] = [];
  const ids = new Map<string, number>();
  const put = (text: string): number => {
    const known = ids.get(text);
    if (known !== undefined) return known;
    ids.set(text, parts.push(text) - 1);
    return parts.length - 1;
  };
  const get = (id: number): string => parts[id] ?? '';

  const judge = (by: string, report: PassReport, result: ReturnType<typeof replay>): void => {
    if (result.kind === 'same' || result.kind === 'nothing-decided') return;
    const what = result.kind === 'impossible' ? result.why : JSON.stringify(result.difference);
    ground.fail('replayed', `${by} ${report.app}: ${what}`);
  };

  return {
    onReport(by, report) {
      judge(by, report, replay(report));
      const selection = selections.get(by) ?? new Selection();
      selections.set(by, selection);
      if (selection.choose(report, ground.clock.elapsedMs(), false) === null) return;
      const stored = decodePass(unpackText(encodePass(report, ORIGIN, put))).report(
        report.app,
        get,
      );
      judge(by, report, replay(stored));
    },
  };
}
