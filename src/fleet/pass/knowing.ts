/** Before an app grows it is known of what its list lacks, as far as Fly tells. */
import { abortable } from '../../seams/clock.js';
import { changeOf, type DecisionInput, type Proposal } from '../../core/model/decision.js';
import type { PassContext } from './pass-context.js';
import { beginReading } from '../base/reading.js';

export interface Decided {
  readonly input: DecisionInput;
  readonly proposal: Proposal;
}

/**
 * Decides by `see`, and once more when the two lists were compared or when Fly was asked for machines that the list lacks.
 * Where nothing is to grow nobody is asked.
 */
export async function proposeKnowing(
  context: PassContext,
  app: string,
  see: () => Decided,
): Promise<Decided> {
  let decided = see();
  if (growsOrWaits(decided.proposal) && (await compare(context))) decided = see();
  if (decided.proposal.awaitsAbsent !== true) return decided;
  return (await context.absences.ask(app, context.life.stopping)) ? see() : decided;
}

function growsOrWaits({ created, started, awaitsAbsent }: Proposal): boolean {
  return awaitsAbsent === true || changeOf(created) > 0 || changeOf(started) > 0;
}

/**
 * What was seen by an earlier process is forgotten: for a minute after a start the organization's list says what an app's
 * own list lacks. True when it was waited for.
 */
async function compare({
  options,
  inventory,
  life,
  comparesUntilMs,
}: PassContext): Promise<boolean> {
  const leftMs = comparesUntilMs - options.clock.elapsedMs();
  if (leftMs <= 0) return false;
  const reading = beginReading(options.clock, leftMs, life.stopping);
  try {
    // It is read for all: whoever waits for it goes on without it, it ends with the process.
    await abortable(reading.signal, inventory.compare(life.stopping)).catch(() => undefined);
  } finally {
    reading.end();
  }
  life.stopping.throwIfAborted();
  return true;
}
