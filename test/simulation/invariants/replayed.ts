import type { PassReport } from '../../../src/ports.js';
import { replay } from '../../../src/record/replay.js';
import { decodePass, encodePass } from '../../../src/record/store/body.js';
import { Selection } from '../../../src/record/store/selection.js';
import type { Check, Ground } from '../invariant.js';

const ORIGIN = { engine: 'simulated', configHash: 'simulated' };

/** Each decision that the record keeps can be computed again from what is kept of it, bit for bit. */
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

  const again = (report: PassReport): ReturnType<typeof replay> => {
    const { origin, outline, report: restored } = decodePass(encodePass(report, ORIGIN, put));
    const whole = restored(report.app, get);
    const { samples, proposal, outcomes, reasons, error } = outline;
    return replay({
      id: 1,
      atMs: report.startedAtMs,
      app: report.app,
      policy: report.policy.name,
      kind: 'acts',
      ...origin,
      samples,
      proposal,
      outcomes,
      reasons,
      error,
      report: whole,
    });
  };

  return {
    onReport(by, report) {
      const selection = selections.get(by) ?? new Selection();
      selections.set(by, selection);
      if (selection.choose(report, ground.clock.elapsedMs(), false) === null) return;
      const result = again(report);
      if (result.kind === 'same' || result.kind === 'nothing-decided') return;
      const what = result.kind === 'impossible' ? result.why : JSON.stringify(result.difference);
      ground.fail('replayed', `${by} ${report.app}: ${what}`);
    },
  };
}
