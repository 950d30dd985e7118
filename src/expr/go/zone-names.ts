/*
 * Go prints the abbreviations of the time zone database (`CEST`, `JST`, `-03`). JavaScript engines give
 * them only in locales where they are customary, so the zones with letters are listed here; all others
 * have their offset as a name, which is what the database does since 2017.
 */

/** Standard and daylight abbreviation, then the zones that use them. */
const families: readonly (readonly [standard: string, daylight: string, zones: string])[] = [];

const byZone = new Map<string, readonly [standard: string, daylight: string]>();
for (const [standard, daylight, zones] of families) {
  for (const zone of zones.split(' ')) byZone.set(zone, [standard, daylight]);
}

export function abbreviationOf(
  zone: string,
  _seconds: number,
  offset: number,
  isDst: boolean,
): string {
  const names = byZone.get(zone);
  if (names !== undefined) return isDst ? names[1] : names[0];
  return numeric(offset);
}

function numeric(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60;
  const sign = offset < 0 ? '-' : '+';
  return sign + hours + (rest === 0 ? '' : String(rest).padStart(2, '0'));
}
