/** A pattern of app names as a deterministic automaton, its states found as they are reached. */

interface State {
  /** Positions in the pattern that the name so far may have led to, ascending. */
  readonly positions: readonly number[];
  readonly isAccepting: boolean;
  readonly next: Map<string, number>;
}

/** State 0 is the start. */
export class GlobAutomaton {
  readonly #pattern: string;
  readonly #states: State[] = [];
  readonly #ids = new Map<string, number>();

  constructor(pattern: string) {
    this.#pattern = pattern.replaceAll(/\*+/g, '*');
    this.#idOf([0]);
  }

  isAccepting(state: number): boolean {
    return this.#states[state]?.isAccepting === true;
  }

  step(state: number, character: string): number {
    const from = this.#states[state];
    if (from === undefined) throw new RangeError(`no state ${state}`);
    const known = from.next.get(character);
    if (known !== undefined) return known;
    const reached = from.positions.flatMap((position) => {
      const token = this.#pattern[position];
      if (token === '*') return [position];
      return token === character ? [position + 1] : [];
    });
    const next = this.#idOf(reached);
    from.next.set(character, next);
    return next;
  }

  #idOf(reached: readonly number[]): number {
    const closed = new Set(reached);
    // A star may stand for nothing.
    for (const position of reached) if (this.#pattern[position] === '*') closed.add(position + 1);
    const sorted = [...closed].sort((a, b) => a - b);
    // Whatever leads on from before the last star leads on from the star too: it takes in all that lies between.
    const lastStar = sorted.findLast((position) => this.#pattern[position] === '*') ?? 0;
    const positions = sorted.filter((position) => position >= lastStar);
    const key = positions.join(' ');
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const isAccepting = positions.includes(this.#pattern.length);
    const id = this.#states.push({ positions, isAccepting, next: new Map() }) - 1;
    this.#ids.set(key, id);
    return id;
  }
}
