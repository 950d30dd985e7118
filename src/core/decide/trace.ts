/** What each step of a decision did to the counts, for whoever asks why. */
import type { CountProposal, StepChange, StepTrace } from '../model/decision.js';
import type { DecisionStep, Draft, StepContext } from './draft.js';
import type { Reason } from '../model/reason.js';

/** A step under the name that is stored: a rename of its function changes nothing of the record. */
export interface NamedStep {
  /** As the step's file is named, such as `stay-out-of-deploys`. */
  readonly name: string;
  readonly run: DecisionStep;
}

/** Runs the steps in order. A step that returns the draft it was given leaves no trace, and costs nothing. */
export function runSteps(
  steps: readonly NamedStep[],
  first: Draft,
  context: StepContext,
): { readonly draft: Draft; readonly traces: readonly StepTrace[] } {
  const traces: StepTrace[] = [];
  let draft = first;
  for (const step of steps) {
    const next = step.run(draft, context);
    if (next !== draft) {
      const said = next.reasons.slice(draft.reasons.length);
      const trace = traceOf(step.name, draft, next, said);
      if (trace !== null) traces.push(trace);
    }
    draft = next;
  }
  return { draft, traces };
}

interface CountPair {
  readonly created: CountProposal | null;
  readonly started: CountProposal | null;
}

/** Null when neither a count nor a reason is different. */
export function traceOf(
  step: string,
  before: CountPair,
  after: CountPair,
  reasons: readonly Reason[],
): StepTrace | null {
  const created = changeBetween(before.created, after.created);
  const started = changeBetween(before.started, after.started);
  if (created === null && started === null && reasons.length === 0) return null;
  return { step, created, started, reasons };
}

function changeBetween(
  before: CountProposal | null,
  after: CountProposal | null,
): StepChange | null {
  if (before === null || after === null || before.wanted === after.wanted) return null;
  return { before: before.wanted, after: after.wanted };
}
