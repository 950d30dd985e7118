/**
 * The list with one item more. What a spread or a push makes has room for many more to come: too much where every app
 * of a fleet keeps a list of one.
 */
export function appended<T>(list: readonly T[], item: T): readonly T[] {
  return list.length === 0 ? [item] : [...list, item];
}
