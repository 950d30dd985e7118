/** Settings with values that nobody means, and settings that nothing reads. */
import { formatDurationMs } from '../../core/time/duration.js';
import type { Problem } from '../base/problem.js';
import { didYouMean } from '../base/suggest.js';
import { policySchema } from '../schema/settings.js';
import { placeAt } from '../yaml/node.js';
import { about, type Subject } from './doubt.js';

const LEAST_MS = {
  interval: 1000,
  timeout: 1000,
  'app-list-refresh-interval': 1000,
  'machine-refresh-interval': 60_000,
} as const;

/** A wrong unit asks Fly and the metric sources a thousand times as often. */
export function tooShort({ flat }: Subject): readonly Problem[] {
  return Object.entries(LEAST_MS).flatMap(([key, leastMs]) => {
    const ms = flat.settings[key as keyof typeof LEAST_MS];
    if (ms === undefined || ms >= leastMs || !flat.written.has(key)) return [];
    const least = formatDurationMs(leastMs);
    const message =
      key === 'timeout'
        ? `is ${formatDurationMs(ms)}: hardly any pass over an app is over by then`
        : `is ${formatDurationMs(ms)}: Fly and the sources of metrics refuse who asks so often`;
    return [about({ section: flat }, key, { message, hint: `check the unit; ${least} at least` })];
  });
}

/** As Fly's documentation lists them in November 2026. */
const REGIONS = `ams arn bom cdg dfw ewr fra gru iad jnb lax lhr nrt ord sin sjc syd yyz`.split(
  ' ',
);

/** Those that are gone from it since October 2025. */
const FORMER_REGIONS = `atl bog bos den eze gdl gig hkg mad mia otp phx qro scl sea waw yul`.split(
  ' ',
);

/** No machine can be created there, so that the others take all of them, or none is created. */
export function unknownRegions({ policies }: Subject): readonly Problem[] {
  return policies.flatMap((made) => {
    const { section, policy } = made;
    const node = section.written.get('regions');
    return policy.regions.flatMap((region, index) => {
      if (REGIONS.includes(region)) return [];
      const isFormer = FORMER_REGIONS.includes(region);
      const message = isFormer
        ? `the region ${region} is one that Fly offers no more`
        : `Fly has no region ${region} that is known here`;
      const near = isFormer ? undefined : didYouMean(region, REGIONS);
      const hint = near ?? `the regions of Fly: ${REGIONS.join(', ')}`;
      const place = node && placeAt(node, [index]);
      return [{ ...about(made, 'regions', { message, hint }), ...(place && { place }) }];
    });
  });
}

/** With policies, the flat keys are defaults for what they leave open: what each of them gives is read nowhere. */
export function replacedEverywhere({ flat, hasPolicies, policies }: Subject): readonly Problem[] {
  if (!hasPolicies) return [];
  const keys = Object.keys(policySchema.shape) as (keyof typeof policySchema.shape)[];
  return keys.flatMap((key) => {
    const isRead = policies.some(
      ({ section }) => section.written.has(key) && section.rankOf(key) === 0,
    );
    // An empty text gives nothing.
    const isGiven = flat.written.has(key) && flat.settings[key] !== undefined;
    if (isRead || !isGiven) return [];
    const message = 'has no effect: every policy says something else in its place';
    const hint = 'remove it, or what the policies say';
    return [about({ section: flat }, key, { message, hint })];
  });
}
