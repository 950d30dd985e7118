/** Decisions from pages of a record, wherever they come from. */
import type { AppError } from '../../core/model/errors.js';
import type {
  DecisionOutline,
  DecisionQuery,
  KeptText,
  RecordedDecision,
  RecordPage,
  RecordPages,
} from '../../seams/views.js';
import { decodePass, type Body, type GetPart } from './body.js';
import { readable } from './readable.js';

export async function outlinesIn(
  record: RecordPages,
  query: DecisionQuery,
): Promise<readonly DecisionOutline[]> {
  const found: DecisionOutline[] = [];
  for await (const { decisions } of pagesOf(record, query, false)) {
    found.push(...decisions.map(outlineOf));
  }
  return found;
}

/** The names of the policies that decided; the one with the newest decision is the last. */
export async function policiesIn(
  record: RecordPages,
  query: Omit<DecisionQuery, 'limit'>,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { decisions } of pagesOf(record, { ...query, limit: ALL }, false)) {
    for (const { policy } of decisions) found.add(policy);
  }
  return [...found].toReversed();
}

const ALL = Number.MAX_SAFE_INTEGER;

/**
 * One after the other, so that a large record need not fit into memory. Default: all. One that is damaged is told and
 * left out, or where nobody is told it throws `state-unreadable`.
 */
export async function* decisionsIn(
  record: RecordPages,
  query: Omit<DecisionQuery, 'limit'> & { readonly limit?: number },
  onDamaged: ((decision: DecisionOutline, error: AppError) => void) | null = null,
): AsyncGenerator<RecordedDecision> {
  const limited = { limit: ALL, ...query };
  for await (const { decisions, parts } of pagesOf(record, limited, true)) {
    for (const kept of decisions) {
      const decision = wholeOr(kept, parts, (error) => {
        if (onDamaged === null) throw error;
        onDamaged(damaged(kept, error), error);
      });
      if (decision !== null) yield decision;
    }
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

function wholeOr(
  kept: KeptText,
  parts: RecordPage['parts'],
  onDamaged: (error: AppError) => void,
): RecordedDecision | null {
  try {
    return wholeOf(kept, (id) => partIn(parts, id));
  } catch (error) {
    onDamaged(error as AppError);
    return null;
  }
}

function partIn(parts: RecordPage['parts'], id: number): string {
  const part = parts[id];
  if (part === undefined) throw new Error(`part ${id} is missing`);
  return part;
}

/** Says of a damaged one what is known beside its body. */
export function outlineOf(kept: KeptText): DecisionOutline {
  try {
    return readable(() => outlineIn(kept, bodyOf(kept)), nameOf(kept));
  } catch (error) {
    return damaged(kept, error as AppError);
  }
}

/** Throws `state-unreadable`. */
export function wholeOf(kept: KeptText, get: GetPart): RecordedDecision {
  return readable(() => {
    const body = bodyOf(kept);
    return { ...outlineIn(kept, body), report: body.report(kept.app, get) };
  }, nameOf(kept));
}

function nameOf({ id }: KeptText): string {
  return `decision ${id}`;
}

function bodyOf({ body }: KeptText): Body {
  if (body === null) throw new Error('its bytes are damaged');
  return decodePass(body);
}

function outlineIn(
  { id, app, policy, kind }: KeptText,
  { origin, outline }: Body,
): DecisionOutline {
  const { startedAtMs: atMs, ...rest } = outline;
  return { id, atMs, app, policy, kind, ...origin, ...rest };
}

function damaged({ id, atMs, app, policy, kind }: KeptText, error: AppError): DecisionOutline {
  const unknown = { engine: '', configHash: '', samples: new Map(), proposal: null };
  return { id, atMs, app, policy, kind, ...unknown, outcomes: [], reasons: [], error };
}
