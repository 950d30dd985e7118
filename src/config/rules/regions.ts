/** Where machines are created, and how many each region has at least and at most. */
import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import type { CountBounds } from './count-bounds.js';
import type { RegionLimit, RegionLimits } from '../../core/model/region-limits.js';

export interface RegionEntry extends RegionLimit {
  readonly name: string;
}

const FORM = /^([^:\s]+)(?::(\d+)?-(\d+)?)?$/;

/** `iad`, `iad:2-10`, `iad:2-`, `iad:-10`. */
const textEntry = z.string().transform((text, context): RegionEntry | null => {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const [, name = '', min, max] = FORM.exec(trimmed) ?? [];
  if (name === '' || (trimmed.includes(':') && min === undefined && max === undefined)) {
    const message = `must be a region, or one with its least and most such as iad:2-10, iad:2- or iad:-10`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
  return { name, min: Number(min ?? 0), max: max === undefined ? null : Number(max) };
});

const count = z.number().int().min(0);

const mapEntry = z
  .strictObject({ name: z.string().trim().min(1), min: count.default(0), max: count.optional() })
  .transform(({ max, ...rest }): RegionEntry => ({ ...rest, max: max ?? null }));

const list = z
  .array(z.union([textEntry, mapEntry]))
  .default([])
  .transform((entries, context): readonly RegionEntry[] => {
    const regions = entries.filter((entry) => entry !== null);
    const seen = new Map<string, RegionEntry>();
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
    for (const region of regions) {
      const { name, min, max } = region;
      if (max !== null && min > max)
        refuse(`the least of ${name}, ${min}, is above its most, ${max}`);
      if (max === 0) refuse(`the most of ${name} is 0; leave the region out instead`);
      const known = seen.get(name);
      if (known !== undefined && (hasLimit(known) || hasLimit(region)))
        refuse(`${name} is there twice`);
      seen.set(name, region);
    }
    return regions;
  });

export const regionShape = {
  regions: setting(list, {
    description:
      'Regions to create machines in: the one with the fewest machines comes next. An entry may have a least and a most, as `iad:2-10`, or in the file as a map with `name`, `min` and `max`: a region below its least comes first, removals leave the least, and nothing is created beyond the most. Where only a started count is given, they are numbers of running machines. When there are no regions, a machine is created where the one stands that it is cloned from.',
    example: 'iad, ord',
    defaultText: 'the region of the cloned machine',
  }),
};

function hasLimit({ min, max }: RegionLimit): boolean {
  return min > 0 || max !== null;
}

/** What the settings give a policy. */
export function regionRules(entries: readonly RegionEntry[]): {
  readonly regions: readonly string[];
  readonly regionLimits: RegionLimits;
} {
  const limits = entries
    .filter(hasLimit)
    .map(({ name, min, max }) => [name, { min, max }] as const);
  return { regions: entries.map(({ name }) => name), regionLimits: Object.fromEntries(limits) };
}

/** Limits that the counts cannot meet, as far as that can be proved. */
export function checkRegions(
  entries: readonly RegionEntry[],
  bounds: CountBounds,
  place: Place,
  { findings }: LoadContext,
): void {
  const least = entries.reduce((sum, { min }) => sum + min, 0);
  const add = (message: string, hint: string): void =>
    findings.add({ key: 'regions', message, hint, place });
  if (bounds.most !== null && least > bounds.most)
    add(
      `the regions have at least ${least} machines, ${bounds.mostKey} allows ${bounds.most}`,
      `lower the least of the regions, or raise ${bounds.mostKey}`,
    );
  const maxes = entries.map(({ max }) => max ?? Number.POSITIVE_INFINITY);
  const most = maxes.reduce((sum, max) => sum + max, 0);
  if (entries.length > 0 && bounds.least !== null && most < bounds.least)
    add(
      `the regions have at most ${most} machines, ${bounds.leastKey} wants ${bounds.least}`,
      `raise the most of the regions, or lower ${bounds.leastKey}`,
    );
}
