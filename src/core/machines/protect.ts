/** Machines that their users ask us to leave alone, by the metadata key `fas-protect`. */
import type { Instant } from '../time/instant.js';
import { isUnnamed, type Machine } from '../model/machine.js';
import { BLUE_GREEN_KEY, launchId } from './marks.js';
import type { OldProtects } from '../model/app-memory.js';

export const PROTECT_KEY = 'fas-protect';

const NOT: ReadonlySet<string> = new Set(['', 'false', 'no', 'off']);
const UNIX_SECONDS = /^\d{1,12}(\.\d+)?$/;
/** RFC 3339, section 5.6. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** As Fly makes them. */
const MACHINE_ID = /^[0-9a-f]{14}$/;
/** A copy is seen so soon after it was made, or nobody can tell any more that it is one. */
const COPY_SEEN_WITHIN_MS = 60_000;

/** `inherited`: it has a mark that is about another machine. */
export type Protection = 'none' | 'own' | 'inherited';

/**
 * Whether the machine may not be taken at that time. The mark is the machine's id, so that its copies are free, alone or with
 * a time until when: `3d8d413b29d089 2026-06-01T18:00:00Z`, RFC 3339 or seconds since the Unix epoch. Without an id, `true`
 * or a time, it protects too, but for machines that are known to have come with it. A value that nobody can read
 * protects: whoever wrote it meant to.
 */
export function protectionOf(
  machine: Machine,
  wallMs: number,
  old: OldProtects | undefined,
): Protection {
  const { about, text } = markOf(machine);
  if (about !== null && about !== machine.id) return 'inherited';
  if (about === null && NOT.has(text.toLowerCase())) return 'none';
  if (about !== null && text !== '' && NOT.has(text.toLowerCase())) return 'none';
  const untilMs = timeMs(text);
  if (untilMs !== null && wallMs >= untilMs) return 'none';
  return old?.inherited[machine.id]?.text === textOf(machine) ? 'inherited' : 'own';
}

/** The machine that the mark is said to be of; null when it is the machine's own as far as anybody knows. */
export function inheritedFrom(machine: Machine, old: OldProtects | undefined): string | null {
  const { about } = markOf(machine);
  return about ?? old?.inherited[machine.id]?.from ?? null;
}

/** Takes in a fresh and complete list of the app's machines: those that exist. */
export function noteProtects(
  before: OldProtects | undefined,
  machines: readonly Machine[],
  now: Instant,
): OldProtects | undefined {
  const told = machines.flatMap((machine) => {
    const text = lastTextOf(machine, before);
    return text === null ? [] : [{ machine, text }];
  });
  const old = told.filter(({ machine, text }) => isOldForm(machine.id, text));
  if (old.length === 0) return undefined;
  const known = Object.fromEntries(told.map(({ machine, text }) => [machine.id, text]));
  const inherited: Record<string, { text: string; from: string }> = {};
  for (const { machine, text } of old) {
    const earlier = before?.inherited[machine.id];
    if (earlier?.text === text) inherited[machine.id] = earlier;
    else if (before !== undefined && isNewCopy(before, machine, now)) {
      const from = machines.find(
        (elder) => before.known[elder.id] === text && elder.createdAtMs < machine.createdAtMs,
      );
      if (from !== undefined) inherited[machine.id] = { text, from: from.id };
    }
  }
  return { known, inherited };
}

/** Where the mark may be what cannot be read, it is what it was; null: nobody has seen it yet. */
function lastTextOf(machine: Machine, before: OldProtects | undefined): string | null {
  if (isUnnamed(machine)) return null;
  const text = textOf(machine);
  if (text !== '' || machine.unread === undefined) return text;
  return before?.known[machine.id] ?? null;
}

/** Made by others since the last look. We clone without the mark; a green machine takes the place of its blue one. */
function isNewCopy({ known }: OldProtects, machine: Machine, now: Instant): boolean {
  return (
    known[machine.id] === undefined &&
    Math.abs(now.wallMs - machine.createdAtMs) < COPY_SEEN_WITHIN_MS &&
    launchId(machine) === null &&
    machine.metadata[BLUE_GREEN_KEY] === undefined
  );
}

function isOldForm(id: string, value: string): boolean {
  const { about, text } = markIn(id, value);
  return about === null && !NOT.has(text.toLowerCase());
}

function textOf({ metadata }: Machine): string {
  return (metadata[PROTECT_KEY] ?? '').trim();
}

interface Mark {
  /** The machine that it names; null when it names none. */
  readonly about: string | null;
  readonly text: string;
}

function markOf(machine: Machine): Mark {
  return markIn(machine.id, textOf(machine));
}

function markIn(id: string, text: string): Mark {
  const [first = '', rest = ''] = text.split(/[\s,]+(.*)/s);
  const isName = first === id || MACHINE_ID.test(first);
  return isName ? { about: first, text: rest.trim() } : { about: null, text };
}

function timeMs(text: string): number | null {
  if (UNIX_SECONDS.test(text)) return Number(text) * 1000;
  const parsed = RFC_3339.test(text)
    ? Date.parse(text.replace(' ', 'T').toUpperCase())
    : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
