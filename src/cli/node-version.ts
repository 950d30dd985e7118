/** Node releases that the program runs on. Imports nothing, so that an old Node gets this far. */

/** As `engines` in package.json says. */
export const OLDEST_NODE = '20.19.0';

/** One line about a Node that is too old; null when it is not. */
export function oldNodeText(version: string): string | null {
  const has = numbers(version);
  const needs = numbers(OLDEST_NODE);
  const at = needs.findIndex((need, index) => (has[index] ?? 0) !== need);
  if (at === -1 || (has[at] ?? 0) > (needs[at] ?? 0)) return null;
  return `ERROR: Node ${version} is too old: fly-autoscaler needs Node ${OLDEST_NODE} or newer (https://nodejs.org)`;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
