import type { Answer, Call } from '../exchange.js';
import { asFlag, decodeCursor, encodeCursor, isShown, limitOf, orgOf } from '../exchange.js';
import { ApiError } from '../model.js';
import type { ListedMachine } from '../org-listing.js';

/** Machines of the whole organization in pages, oldest change first; runs behind the truth by seconds. */
export function listOrgMachines(call: Call): Answer {
  const { query, engine, world } = call;
  const org = orgOf(call, call.route.org);
  const { orgListPageSize, emptyPageRate } = engine.config;
  const limit = Math.min(limitOf(query.get('limit'), 1000) ?? orgListPageSize, orgListPageSize);
  const all = world.listing.sorted(org.slug);
  const start = startOf(call, all);
  const unreadable = unreadableRegions(call);
  const isWanted = listFilter(call, unreadable);
  const page: ListedMachine[] = [];
  let index = start;
  // A page may come empty although more follow; a reader must go on while there is a cursor.
  const isEmpty = start < all.length && emptyPageRate > 0 && call.lot() < emptyPageRate;
  const end = isEmpty ? start : all.length;
  for (; index < end && page.length < limit; index++) {
    const entry = all[index];
    if (entry !== undefined && isWanted(entry)) page.push(entry);
  }
  const isSummary = asFlag(query.get('summary'));
  const rendered = page.map((entry) => (isSummary ? entry.summaryJson : entry.fullJson));
  const tail = index < all.length ? { next_cursor: cursorAfter(all[index - 1]) } : {};
  const last = page.at(-1);
  const rest = JSON.stringify({
    ...tail,
    last_machine_id: last?.id ?? '',
    last_updated_at: last === undefined ? '' : new Date(last.updatedAtMs).toISOString(),
    ...(unreadable.size === 0 ? {} : { error_regions: [...unreadable] }),
  });
  return { status: 200, body: `{"machines":[${rendered.join(',')}],${rest.slice(1)}` };
}

function unreadableRegions(call: Call): ReadonlySet<string> {
  const { unreadableRegions: known } = call.world.conditions;
  if (call.fault !== 'partial-list') return known;
  const { regions } = call.engine.config;
  const lost = regions[Math.floor(call.lot() * regions.length)] ?? '';
  return new Set([...known, lost]);
}

function listFilter(
  call: Call,
  unreadable: ReadonlySet<string>,
): (entry: ListedMachine) => boolean {
  const { query } = call;
  const region = query.get('region');
  const states = query.get('state')?.split(',');
  const hasDeleted = asFlag(query.get('include_deleted'));
  return (entry) =>
    (hasDeleted || entry.state !== 'destroyed') &&
    !unreadable.has(entry.region) &&
    (region === null || region === '' || entry.region === region) &&
    (states === undefined || states.includes(entry.state)) &&
    isShown(call, entry.region);
}

/** A cursor says after which change and id to go on, so that entries that move meanwhile are seen again, not missed. */
function cursorAfter(entry: ListedMachine | undefined): string {
  return encodeCursor(entry === undefined ? 'start' : `${entry.updatedAtMs} ${entry.id}`);
}

function startOf(call: Call, all: readonly ListedMachine[]): number {
  const cursor = call.query.get('cursor');
  if (cursor !== null && cursor !== '') {
    const text = decodeCursor(cursor);
    if (text === 'start') return 0;
    const [updatedAtMs = '', id] = text.split(' ');
    if (id === undefined) throw new ApiError(400, 'invalid cursor');
    return firstAfter(all, Number(updatedAtMs), id);
  }
  const updatedAfter = call.query.get('updated_after');
  if (updatedAfter === null || updatedAfter === '') return 0;
  const afterMs = Date.parse(updatedAfter);
  if (Number.isNaN(afterMs)) throw new ApiError(400, 'invalid updated_after');
  return firstAfter(all, afterMs, '\u{ffff}');
}

function firstAfter(all: readonly ListedMachine[], updatedAtMs: number, id: string): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = all[middle];
    const isAfter =
      entry === undefined ||
      entry.updatedAtMs > updatedAtMs ||
      (entry.updatedAtMs === updatedAtMs && entry.id > id);
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}
