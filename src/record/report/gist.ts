/** What a pass says beside its numbers: while that stays the same, nothing is new. */
import { messageOfSource } from '../../core/model/sample.js';
import type { PassReport } from '../../seams/events.js';

/**
 * Codes of reasons, and what failed: numbers and names in details change all the time. An app whose source refuses, and then
 * hangs, says something new, though it is held by the same reason.
 */
export function gistOf({ reasons, error, samples }: PassReport): string {
  let gist = error === null ? '' : `${error.code} ${wordsOf(error.message)}`;
  for (const { code } of reasons) if (!gist.includes(code)) gist += ` ${code}`;
  for (const [metric, sample] of samples) {
    if (sample.kind !== 'error') continue;
    gist += ` ${metric}: ${sample.code} ${wordsOf(messageOfSource(sample.message))}`;
  }
  return gist;
}

/** Words with digits in them are counts, ages, ids or addresses, which may be others each time. */
function wordsOf(message: string): string {
  return message.replaceAll(/\S*\d\S*/g, '#');
}
