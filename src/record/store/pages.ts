/** Decisions from pages of a record, wherever they come from. */
import type {
  DecisionOutline,
  DecisionQuery,
  KeptText,
  RecordedDecision,
  RecordPage,
  RecordPages,
} from '../../views.js';
import { decodePass, type GetPart } from './body.js';
import { readable } from './readable.js';

export async function outlinesIn(
  record: RecordPages,
  query: DecisionQuery,
): Promise<readonly DecisionOutline[]> {
  const found: DecisionOutline[] = [];
  for await (const { decisions } of pagesOf(record, query, false)) {
    found.push(...readable(() => decisions.map((kept) => outlineOf(kept))));
  }
  return found;
}

/** One after the other, so that a large record need not fit into memory. Default: all. */
export async function* decisionsIn(
  record: RecordPages,
  query: Omit<DecisionQuery, 'limit'> & { readonly limit?: number },
): AsyncGenerator<RecordedDecision> {
  const limited = { limit: Number.MAX_SAFE_INTEGER, ...query };
  for await (const { decisions, parts } of pagesOf(record, limited, true)) {
    for (const kept of decisions) yield readable(() => wholeOf(kept, (id) => partIn(parts, id)));
  }
}

async function* pagesOf(
  record: RecordPages,
  query: DecisionQuery,
  isWhole: boolean,
): AsyncGenerator<RecordPage> {
  let { after, limit } = query;
  do {
    const page = await record.page({ ...query, limit, ...(after && { after }) }, isWhole);
    yield page;
    limit -= page.decisions.length;
    after = page.next ?? undefined;
  } while (after !== undefined && limit > 0);
}

function partIn(parts: RecordPage['parts'], id: number): string {
  const part = parts[id];
  if (part === undefined) throw new Error(`part ${id} is missing`);
  return part;
}

export function outlineOf(kept: KeptText, body = decodePass(kept.body)): DecisionOutline {
  const { id, app, policy, kind } = kept;
  const { origin, outline } = body;
  const { startedAtMs: atMs, ...rest } = outline;
  return { id, atMs, app, policy, kind, ...origin, ...rest };
}

export function wholeOf(kept: KeptText, get: GetPart): RecordedDecision {
  const body = decodePass(kept.body);
  return { ...outlineOf(kept, body), report: body.report(kept.app, get) };
}
