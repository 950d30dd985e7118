/** Things that will happen by themselves, in order of their time; ties in order of planning. */
export class Timeline {
  readonly #heap: Item[] = [];
  #planned = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The time of the next event; infinity when there is none. */
  get nextAtMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  plan(atMs: number, run: () => void): void {
    const heap = this.#heap;
    const item: Item = { atMs, order: this.#planned++, run };
    let index = heap.push(item) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(item, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = item;
  }

  /** Takes out the first event when it is due. */
  takeDue(nowMs: number): { readonly atMs: number; readonly run: () => void } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: Item): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      if (left === undefined) break;
      const right = heap[leftIndex + 1];
      const isRightFirst = right !== undefined && isBefore(right, left);
      const child = isRightFirst ? right : left;
      if (!isBefore(child, item)) break;
      heap[index] = child;
      index = isRightFirst ? leftIndex + 1 : leftIndex;
    }
    heap[index] = item;
  }
}

interface Item {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

function isBefore(a: Item, b: Item): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
