/** How many machines each region has at least and at most. */

export interface RegionLimit {
  /** Removals leave as many. Default 0. */
  readonly min: number;
  /** Nothing is created beyond it. Null: no limit. */
  readonly max: number | null;
}

/** Key: region. Regions that are not named have no limits. */
export type RegionLimits = Readonly<Record<string, RegionLimit>>;

export const NO_LIMITS: RegionLimits = {};

export const UNLIMITED: RegionLimit = { min: 0, max: null };

export function limitOf(limits: RegionLimits, region: string): RegionLimit {
  return Object.hasOwn(limits, region) ? (limits[region] ?? UNLIMITED) : UNLIMITED;
}
