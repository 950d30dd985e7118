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
  if (growsOrWaits(decided.proposal) && (await compare(context, app))) decided = see();
  if (decided.proposal.awaitsAbsent !== true) return decided;
  return (await context.absences.ask(app, context.life.stopping)) ? see() : decided;
}

function growsOrWaits({ created, started, awaitsAbsent }: Proposal): boolean {
  return awaitsAbsent === true || changeOf(created) > 0 || changeOf(started) > 0;
}

/** For so long an app's own list is not believed before the organization's list has told what it lacks. */
const COMPARES_MS = 60_000;

/**
 * What an earlier process has seen is forgotten, and of an app that joins nothing was seen: for a minute the organization's list
 * says what its own list lacks. True when it was waited for.
 */
async function compare(
  { options, inventory, life, seen, comparesLists }: PassContext,
  app: string,
): Promise<boolean> {
  const leftMs = seen.listedSinceMs(app) + COMPARES_MS - options.clock.elapsedMs();
  if (!comparesLists || leftMs <= 0) return false;
  const reading = beginReading(options.clock, leftMs, life.stopping);
  try {
    // It is read for all: whoever waits for it goes on without it, it ends with the process.
    await abortable(reading.signal, inventory.compare(app, life.stopping)).catch(() => undefined);
  } finally {
    reading.end();
  }
  life.stopping.throwIfAborted();
  return true;
}
