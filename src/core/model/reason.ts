/** Why a decision is what it is: a code of a closed list, with the particulars of the case. */
import type { ReasonCode, REASONS } from './reasons.js';

export { meaningOf, REASON_CODES, type ReasonCode, type ReasonMeaning } from './reasons.js';

/** A reason with its particulars: names, numbers, what was held back. */
export interface Reason {
  readonly code: ReasonCode;
  /** One short clause, in words: "wanted 14, at most 10 creates in a pass". */
  readonly detail: string;
  /** What it is about, by the row of the code: the metric's name, the expression's (`created`, `started`, ...), the mode of the pause. */
  readonly subject?: string;
}

/** A code whose row names a subject must come with one. */
type SubjectOf<Code extends ReasonCode> = (typeof REASONS)[Code]['subject'] extends null
  ? []
  : [subject: string];

export function reason<Code extends ReasonCode>(
  code: Code,
  detail: string,
  ...[subject]: SubjectOf<Code>
): Reason {
  return subject === undefined ? { code, detail } : { code, detail, subject };
}

export function isAmong(reasons: readonly Reason[], { code, detail }: Reason): boolean {
  return reasons.some((each) => each.code === code && each.detail === detail);
}

/** Two counts may say the same of one metric, and the fleet the same as the plan. */
export function unique(reasons: readonly Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter(({ code, detail }) => {
    const key = `${code} ${detail}`;
    return !seen.has(key) && seen.add(key);
  });
}
