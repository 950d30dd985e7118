/** What is said of which machines go and where they stand, against the counts. */
import type { Metrics } from '../read/expression.js';
import { COUNT_KEYS, type CountRanges } from './policy.js';
import type { LoadContext } from '../read/read.js';
import type { Section } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';
import { countBounds } from '../rules/count-bounds.js';
import { checkRegions } from '../rules/regions.js';
import { checkRemoval } from '../rules/removal.js';

export function checkMachineRules(
  section: Section<FlatSettings>,
  ranges: CountRanges,
  metrics: Metrics,
  context: LoadContext,
): void {
  const { settings, written, refused, keyOf, rankOf } = section;
  const given = (keys: readonly string[]): string | undefined =>
    keys.find((key) => written.has(key) || refused.has(key));
  const placeOf = (key: string) => written.get(key)?.place;
  const grounds = {
    createdKey: given(Object.values(COUNT_KEYS.created)),
    startedKey: given(Object.values(COUNT_KEYS.started)),
    metrics,
    placeOf,
    keyOf,
    rankOf,
  };
  checkRemoval(settings, grounds, context);
  const { regions } = settings;
  const place = placeOf('regions');
  const maxMachinesPerApp = settings['max-machines-per-app'];
  if (regions === undefined || place === undefined || maxMachinesPerApp === undefined) return;
  const spare = settings.spare ?? null;
  checkRegions(regions, countBounds({ ...ranges, spare, maxMachinesPerApp }), place, context);
}
