/*
 * The unstable order of Go's sort package: pattern-defeating quicksort with insertion sort for up to 12
 * elements. Equal keys end where Go puts them, and a failed comparison is the one that Go meets first.
 */

/** Elements by position. */
export interface Sortable {
  readonly length: number;
  isLess(i: number, j: number): boolean;
  swap(i: number, j: number): void;
}

type Hint = 'unknown' | 'increasing' | 'decreasing';

const longestInsertion = 12;

export function pdqsort(data: Sortable): void {
  if (data.length > 1) sortRange(data, 0, data.length, bitLength(data.length));
}

function bitLength(value: number): number {
  return 32 - Math.clz32(value);
}

function sortRange(data: Sortable, start: number, stop: number, badChoices: number): void {
  let a = start;
  let b = stop;
  let limit = badChoices;
  let wasBalanced = true;
  let wasPartitioned = true;
  for (;;) {
    const length = b - a;
    if (length <= longestInsertion) return insertionSort(data, a, b);
    if (limit === 0) return heapSort(data, a, b);
    if (!wasBalanced) {
      breakPatterns(data, a, b);
      limit--;
    }
    let { pivot, hint } = choosePivot(data, a, b);
    if (hint === 'decreasing') {
      reverseRange(data, a, b);
      pivot = b - 1 - (pivot - a);
      hint = 'increasing';
    }
    const isLikelySorted = wasBalanced && wasPartitioned && hint === 'increasing';
    if (isLikelySorted && partialInsertionSort(data, a, b)) return;
    if (a > 0 && !data.isLess(a - 1, pivot)) {
      // Nothing in this range is below what stands before it: many elements are equal.
      a = partitionEqual(data, a, b, pivot);
      continue;
    }
    const { middle, wasDone } = partition(data, a, b, pivot);
    wasPartitioned = wasDone;
    const left = middle - a;
    const right = b - middle;
    wasBalanced = Math.min(left, right) >= Math.floor(length / 8);
    if (left < right) {
      sortRange(data, a, middle, limit);
      a = middle + 1;
    } else {
      sortRange(data, middle + 1, b, limit);
      b = middle;
    }
  }
}

function insertionSort(data: Sortable, a: number, b: number): void {
  for (let i = a + 1; i < b; i++) {
    for (let j = i; j > a && data.isLess(j, j - 1); j--) data.swap(j, j - 1);
  }
}

function heapSort(data: Sortable, a: number, b: number): void {
  const size = b - a;
  for (let i = Math.floor((size - 1) / 2); i >= 0; i--) siftDown(data, i, size, a);
  for (let i = size - 1; i >= 0; i--) {
    data.swap(a, a + i);
    siftDown(data, 0, i, a);
  }
}

function siftDown(data: Sortable, low: number, high: number, first: number): void {
  let root = low;
  for (;;) {
    let child = 2 * root + 1;
    if (child >= high) return;
    if (child + 1 < high && data.isLess(first + child, first + child + 1)) child++;
    if (!data.isLess(first + root, first + child)) return;
    data.swap(first + root, first + child);
    root = child;
  }
}

interface Partition {
  readonly middle: number;
  /** No element had to move. */
  readonly wasDone: boolean;
}

function partition(data: Sortable, a: number, b: number, pivot: number): Partition {
  data.swap(a, pivot);
  let i = a + 1;
  let j = b - 1;
  for (let isFirst = true; ; isFirst = false) {
    while (i <= j && data.isLess(i, a)) i++;
    while (i <= j && !data.isLess(j, a)) j--;
    if (i > j) {
      data.swap(j, a);
      return { middle: j, wasDone: isFirst };
    }
    data.swap(i++, j--);
  }
}

function partitionEqual(data: Sortable, a: number, b: number, pivot: number): number {
  data.swap(a, pivot);
  let i = a + 1;
  let j = b - 1;
  for (;;) {
    while (i <= j && !data.isLess(a, i)) i++;
    while (i <= j && data.isLess(a, j)) j--;
    if (i > j) return i;
    data.swap(i++, j--);
  }
}

/** Sorts a range that is nearly sorted; false where it gives up. */
function partialInsertionSort(data: Sortable, a: number, b: number): boolean {
  let i = a + 1;
  for (let step = 0; step < 5; step++) {
    while (i < b && !data.isLess(i, i - 1)) i++;
    if (i === b) return true;
    if (b - a < 50) return false;
    data.swap(i, i - 1);
    if (i - a >= 2) {
      for (let j = i - 1; j >= 1 && data.isLess(j, j - 1); j--) data.swap(j, j - 1);
    }
    if (b - i >= 2) {
      for (let j = i + 1; j < b && data.isLess(j, j - 1); j++) data.swap(j, j - 1);
    }
  }
  return false;
}

/** Scatters three elements, by a random sequence that depends on the length alone. */
function breakPatterns(data: Sortable, a: number, b: number): void {
  const length = b - a;
  if (length < 8) return;
  let random = BigInt(length);
  const mask = BigInt(2 ** bitLength(length) - 1);
  const middle = a + Math.floor(length / 4) * 2;
  for (let index = middle - 1; index <= middle + 1; index++) {
    random = BigInt.asUintN(64, random ^ (random << 13n));
    random ^= random >> 7n;
    random = BigInt.asUintN(64, random ^ (random << 17n));
    const other = Number(random & mask);
    data.swap(index, a + (other >= length ? other - length : other));
  }
}

function choosePivot(data: Sortable, a: number, b: number): { pivot: number; hint: Hint } {
  const length = b - a;
  const quarter = Math.floor(length / 4);
  const swaps = { count: 0 };
  let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
  if (length >= 8) {
    if (length >= 50) {
      i = median(data, i - 1, i, i + 1, swaps);
      j = median(data, j - 1, j, j + 1, swaps);
      k = median(data, k - 1, k, k + 1, swaps);
    }
    j = median(data, i, j, k, swaps);
  }
  const hint = swaps.count === 0 ? 'increasing' : swaps.count === 12 ? 'decreasing' : 'unknown';
  return { pivot: j, hint };
}

function median(
  data: Sortable,
  first: number,
  second: number,
  third: number,
  swaps: { count: number },
): number {
  let [a, b, c] = [first, second, third];
  const order = (low: number, high: number): [number, number] => {
    if (!data.isLess(high, low)) return [low, high];
    swaps.count++;
    return [high, low];
  };
  [a, b] = order(a, b);
  [b, c] = order(b, c);
  [a, b] = order(a, b);
  return b;
}

function reverseRange(data: Sortable, a: number, b: number): void {
  for (let i = a, j = b - 1; i < j; i++, j--) data.swap(i, j);
}
