/** What is wrong with a configuration, for people: each problem with its key, its place and what to do about it. */

/** Where a value was written, or where a missing one belongs. Lines and columns count from 1. */
export type Place =
  | { readonly file: string; readonly line: number; readonly column: number }
  | { readonly env: string }
  | { readonly flag: string };

export interface Problem {
  /** The YAML key, `metric-collectors[0].query` for nested ones. Empty when it is about a whole file. */
  readonly key: string;
  /** Without secrets. Further lines are details such as the marked expression. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  readonly place?: Place;
  /** For programs that read it; what is found beside mistakes has one. */
  readonly code?: string;
}

/** Collects what is found, so that everything is told at once. */
export class Findings {
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];
  readonly #notes: Problem[] = [];

  add(problem: Problem): void {
    addOnce(this.#problems, problem);
  }

  warn(warning: Problem): void {
    addOnce(this.#warnings, warning);
  }

  /** What is worth knowing, and no fault. */
  note(note: Problem): void {
    addOnce(this.#notes, note);
  }

  /** True when nothing but warnings and notes was found. */
  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  /** Problems so far; warnings are none. */
  get count(): number {
    return this.#problems.length;
  }

  /** Sorted by place; none of the values in `secrets` is left in them. */
  problems(secrets: Iterable<string>): readonly Problem[] {
    return redacted(this.#problems, secrets);
  }

  /** As `problems`. */
  warnings(secrets: Iterable<string>): readonly Problem[] {
    return redacted(this.#warnings, secrets);
  }

  /** As `problems`. */
  notes(secrets: Iterable<string>): readonly Problem[] {
    return redacted(this.#notes, secrets);
  }
}

/** What several policies take from one place is wrong once. */
function addOnce(list: Problem[], problem: Problem): void {
  const text = JSON.stringify(problem);
  if (!list.some((earlier) => JSON.stringify(earlier) === text)) list.push(problem);
}

/** Shorter values would blank out parts of ordinary words. */
const SHORTEST_SECRET = 4;

export function redact(text: string, secrets: Iterable<string>): string {
  // The longest first: one secret may be a part of another.
  const values = [...secrets].filter((s) => s.length >= SHORTEST_SECRET);
  values.sort((a, b) => b.length - a.length);
  return values.reduce((result, value) => result.replaceAll(value, '***'), text);
}

function redacted(problems: readonly Problem[], secrets: Iterable<string>): readonly Problem[] {
  const values = [...secrets];
  const clean = problems.map((problem) => ({
    ...problem,
    message: redact(problem.message, values),
    ...(problem.hint === undefined ? {} : { hint: redact(problem.hint, values) }),
  }));
  return clean.sort(byPlace);
}

function byPlace(a: Problem, b: Problem): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return (
    left.rank - right.rank ||
    left.name.localeCompare(right.name) ||
    left.line - right.line ||
    left.column - right.column
  );
}

function sortKey(problem: Problem): { rank: number; name: string; line: number; column: number } {
  const { place } = problem;
  if (place === undefined) return { rank: 3, name: problem.key, line: 0, column: 0 };
  if ('file' in place) return { rank: 0, name: place.file, line: place.line, column: place.column };
  if ('env' in place) return { rank: 1, name: place.env, line: 0, column: 0 };
  return { rank: 2, name: place.flag, line: 0, column: 0 };
}

/** `file:line:column`, or the name of a variable or a flag. */
export function placeText(place: Place): string {
  if ('file' in place) return `${place.file}:${place.line}:${place.column}`;
  return 'env' in place ? place.env : place.flag;
}

/** One problem a paragraph: `file:line:column: key: message`, then indented details and the hint. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.toSorted(byPlace).map(formatProblem).join('\n');
}

function formatProblem(problem: Problem): string {
  const head = [
    ...(problem.place === undefined ? [] : [placeText(problem.place)]),
    ...(problem.key === '' ? [] : [problem.key]),
    problem.message.replaceAll('\n', '\n    '),
  ].join(': ');
  return problem.hint === undefined ? head : `${head}\n    hint: ${problem.hint}`;
}
