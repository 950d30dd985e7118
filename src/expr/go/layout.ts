/*
 * The elements that Go's layouts know: pieces of the moment Mon Jan 2 15:04:05 MST 2006 (-0700). The
 * longer form stands before the shorter one; a month or day name counts only where no lower-case
 * letter follows.
 */
const elements =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|[-Z]070000|[-Z]07:00:00|[-Z]0700|[-Z]07:00|[-Z]07|[.,]0+(?![0-9])|[.,]9+(?![0-9])/g;

export interface LayoutElement {
  readonly element: string;
  readonly at: number;
}

const known = new Map<string, readonly LayoutElement[]>();
const mostKnown = 64;

/** The elements of a layout, in their order. */
export function layoutElements(layout: string): readonly LayoutElement[] {
  let found = known.get(layout);
  if (found === undefined) {
    found = Array.from(layout.matchAll(elements), (match) => ({
      element: match[0],
      at: match.index,
    }));
    if (known.size < mostKnown) known.set(layout, found);
  }
  return found;
}
