/** What can be proved about sets of app names that patterns describe, without knowing the apps. */
import { appMatcher, type AppSelector } from '../../core/model/policy.js';
import { GlobAutomaton } from './glob-automaton.js';

/** Steps of automata after which the question is left open; a few tens of milliseconds. */
const MOST_STEPS = 400_000;

const isPattern = (text: string): boolean => text.includes('*');

/** What a pattern begins and ends with; a name begins and ends with all of itself. */
function endsOf(pattern: string): { readonly head: string; readonly tail: string } {
  const first = pattern.indexOf('*');
  if (first < 0) return { head: pattern, tail: pattern };
  return { head: pattern.slice(0, first), tail: pattern.slice(pattern.lastIndexOf('*') + 1) };
}

/** False: no name is in both, as a glance at both ends shows. It saves most of the walking. */
function mayMeet(a: AppSelector, b: AppSelector): boolean {
  return a.include.some((one) => {
    const { head, tail } = endsOf(one);
    return b.include.some((other) => {
      const ends = endsOf(other);
      const isSameHead = head.startsWith(ends.head) || ends.head.startsWith(head);
      const isSameTail = tail.endsWith(ends.tail) || ends.tail.endsWith(tail);
      return isSameHead && isSameTail;
    });
  });
}

/** One name that stands for all that meet the patterns in the same way. */
interface Kind {
  readonly name: string;
  /** Whether each pattern matches it. */
  readonly matched: readonly boolean[];
}

/**
 * Walks all patterns at once over every name there could be, and visits a name of each kind.
 * False when it gave up; `visit` answers false to end it early.
 */
function everyKind(patterns: readonly string[], visit: (kind: Kind) => boolean): boolean {
  const automata = patterns.map((pattern) => new GlobAutomaton(pattern));
  const alphabet = alphabetOf(patterns);
  const seen = new Set<string>();
  let front = [{ states: automata.map(() => 0), name: '' }];
  let steps = 0;
  while (front.length > 0) {
    const reached: typeof front = [];
    for (const { states, name } of front) {
      for (const character of alphabet) {
        const next = automata.map((automaton, i) => automaton.step(states[i] ?? 0, character));
        const key = next.join(' ');
        steps += patterns.length;
        if (steps > MOST_STEPS) return false;
        if (seen.has(key)) continue;
        seen.add(key);
        const longer = `${name}${character}`;
        const matched = automata.map((automaton, i) => automaton.isAccepting(next[i] ?? 0));
        if (!visit({ name: longer, matched })) return true;
        reached.push({ states: next, name: longer });
      }
    }
    front = reached;
  }
  return true;
}

/** The characters that some pattern names, and one more that stands for all others. */
function alphabetOf(patterns: readonly string[]): readonly string[] {
  const named = new Set(patterns.join('').replaceAll('*', ''));
  const other = Array.from('1abcdefghijklmnopqrstuvwxyz234567890-_').find((c) => !named.has(c));
  return other === undefined ? [...named] : [other, ...named];
}

export type Overlap =
  /** No name is in both. */
  | { readonly kind: 'none' }
  /** Every name that `pattern`, an inclusion of one of the two, brings in is in both; or it is such a name. */
  | { readonly kind: 'sure'; readonly pattern: string }
  /** Names such as this one would be in both; whether there are such apps nobody can tell. */
  | { readonly kind: 'possible'; readonly example: string }
  | { readonly kind: 'unknown' };

/** How two sets of apps meet. */
export function overlapOf(a: AppSelector, b: AppSelector): Overlap {
  if (!mayMeet(a, b)) return { kind: 'none' };
  const inA = appMatcher(a);
  const inB = appMatcher(b);
  const name = [...a.include, ...b.include].find(
    (text) => !isPattern(text) && inA(text) && inB(text),
  );
  if (name !== undefined) return { kind: 'sure', pattern: name };
  // Names have been dealt with; without them there is less to walk, and what is proved stays true.
  const includeA = a.include.filter(isPattern);
  const includeB = b.include.filter(isPattern);
  if (includeA.length === 0 || includeB.length === 0) return { kind: 'none' };
  const patterns = [...includeA, ...includeB, ...a.exclude, ...b.exclude];
  const bounds = [includeA.length, includeB.length, a.exclude.length, b.exclude.length];
  const inBoth = new Set<number>();
  const inOne = new Set<number>();
  let example: string | null = null;
  const isDone = everyKind(patterns, ({ name: kind, matched }) => {
    const [fromA = [], fromB = [], outA = [], outB = []] = split(matched, bounds);
    const isInA = fromA.includes(true) && !outA.includes(true);
    const isInB = fromB.includes(true) && !outB.includes(true);
    if (isInA && isInB) example ??= kind;
    const brought = [...fromA.map((is) => is && isInA), ...fromB.map((is) => is && isInB)];
    for (const [i, is] of brought.entries()) if (is) (isInA && isInB ? inBoth : inOne).add(i);
    return true;
  });
  if (!isDone) return { kind: 'unknown' };
  const sure = patterns.find((_, i) => inBoth.has(i) && !inOne.has(i));
  if (sure !== undefined) return { kind: 'sure', pattern: sure };
  return example === null ? { kind: 'none' } : { kind: 'possible', example };
}

function split(list: readonly boolean[], lengths: readonly number[]): boolean[][] {
  let start = 0;
  return lengths.map((length) => list.slice(start, (start += length)));
}

export interface Meetings {
  /** Each set of positions in `others` that some name of the base is in; the empty one among them. */
  readonly sets: readonly (readonly number[])[];
  /** False: there may be more of them. */
  readonly isComplete: boolean;
}

/** Which of the others a name of the base can be in together. */
export function meetingsOf(base: AppSelector, others: readonly AppSelector[]): Meetings {
  const near = [...others.keys()].filter((i) => mayMeet(base, others[i] ?? base));
  const { sets, isComplete } = meetingsWith(
    base,
    near.flatMap((i) => others[i] ?? []),
  );
  return { sets: sets.map((set) => set.flatMap((i) => near[i] ?? [])), isComplete };
}

function meetingsWith(base: AppSelector, others: readonly AppSelector[]): Meetings {
  const found = new Map<string, readonly number[]>();
  const note = (positions: readonly number[]): void => {
    found.set(positions.join(' '), positions);
  };
  const matchers = others.map(appMatcher);
  const inBase = appMatcher(base);
  for (const name of base.include)
    if (!isPattern(name) && inBase(name))
      note([...matchers.keys()].filter((i) => matchers[i]?.(name)));
  const wild = base.include.filter(isPattern);
  if (wild.length === 0) return { sets: [...found.values()], isComplete: true };
  const selectors = [{ include: wild, exclude: base.exclude }, ...others];
  const patterns = selectors.flatMap(({ include, exclude }) => [...include, ...exclude]);
  const bounds = selectors.flatMap(({ include, exclude }) => [include.length, exclude.length]);
  const isComplete = everyKind(patterns, ({ matched }) => {
    const parts = split(matched, bounds);
    const isIn = (i: number): boolean =>
      parts[2 * i]?.includes(true) === true && parts[2 * i + 1]?.includes(true) !== true;
    if (isIn(0)) note([...others.keys()].filter((i) => isIn(i + 1)));
    return true;
  });
  return { sets: [...found.values()], isComplete };
}
