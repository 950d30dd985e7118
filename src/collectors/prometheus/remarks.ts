/** What a server remarks beside an answer, in `warnings` and `infos` (seen in Prometheus 3.16; VictoriaMetrics has none). */

export interface Remarks {
  /** What a person should know. */
  readonly note?: string;
  /** The server left series out of its calculation, such as histograms among numbers: where nothing is left, nothing is known. */
  readonly dropped?: string;
}

/** The remarks of a good answer, or how it says that data could not be read. */
export function remarksIn(
  json: Readonly<Record<string, unknown>>,
): Remarks | { readonly missing: string } {
  const remarks = [...textsIn(json['warnings']), ...textsIn(json['infos'])];
  // Prometheus marks remarks about the query itself; every other warning says that data could not be read.
  const missing = textsIn(json['warnings']).filter((remark) => !ABOUT_QUERY.test(remark));
  if (missing.length > 0) return { missing: missing.join('; ') };
  const dropping = remarks.filter(tellsOfDropped);
  const notes = remarks.filter(
    (remark) => /^PromQL warning/i.test(remark) || dropping.includes(remark),
  );
  return {
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
    ...(dropping.length === 0 ? {} : { dropped: dropping.join('; ') }),
  };
}

/** Ten of a kind are written out, of the others but their number. */
const OMITTED = /^\d+ more (?:info|warning) annotations omitted/;
const ABOUT_QUERY = new RegExp(`^PromQL (?:info|warning)|${OMITTED.source}`, 'i');

/** Warnings after which every series still has its value. */
const KEEPING =
  /^PromQL warning: (?:quantile value|ratio value|strategy) should be |^PromQL warning: (?:conflicting counter resets|sort is ineffective|sample has start time)/i;
/** Most other infos say what a value is worth. */
const DROPPING_INFO = /^PromQL info: (?:incompatible sample types|ignored histogram)/i;

/** A warning that is not known may stand for anything, as may one that is not written out. */
function tellsOfDropped(remark: string): boolean {
  if (OMITTED.test(remark) || DROPPING_INFO.test(remark)) return true;
  return /^PromQL warning/i.test(remark) && !KEEPING.test(remark);
}

function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).filter((text) => typeof text === 'string');
}
