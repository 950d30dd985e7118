import type { Member } from '../machines/census.js';
import { cloneConfig, planMounts } from './clone.js';
import type { CreateAction } from '../model/decision.js';
import { formatDurationMs } from '../time/duration.js';
import type { PlanContext } from './plan-context.js';
import { reason, type Reason } from '../model/reason.js';
import { existsInRegion, neediest } from './regions.js';

export interface PlannedCreates {
  readonly creates: readonly CreateAction[];
  readonly reasons: readonly Reason[];
}

/**
 * Plans `wanted` new machines, of which at most `launches` start at once; the others are left stopped.
 * Each goes to the allowed region that lacks most of its minimum, else to the one with the fewest machines.
 */
export function planCreates(
  context: PlanContext,
  wanted: number,
  launches: number,
  launchIds: () => string,
): PlannedCreates {
  const { input, members } = context;
  const { policy, memory, now } = input;
  const fit = members.filter((m) => context.standing.isSource(m)).sort(bySourceOrder);
  if (fit.length === 0) {
    return { creates: [], reasons: [reason('no-clone-source', `${wanted} creates wanted`)] };
  }
  const waitMs = (m: Member): number =>
    Math.max(0, (memory.createBackoff[m.group]?.untilMs ?? 0) - now.elapsedMs);
  const sources = fit.filter((m) => waitMs(m) === 0);
  const [preferred] = sources;
  if (preferred === undefined) {
    const nextMs = Math.ceil(Math.min(...fit.map(waitMs)) / 1000) * 1000;
    return {
      creates: [],
      reasons: [reason('create-failing', `next try in ${formatDurationMs(nextMs)}`)],
    };
  }

  const hasRoom = (region: string): boolean =>
    !(now.elapsedMs < (memory.regionBackoff[region] ?? 0));
  const allowed =
    policy.regions.length > 0 ? policy.regions : [...new Set(sources.map((s) => s.machine.region))];
  const regions =
    policy.regions.length > 0 ? allowed.filter(hasRoom) : allowed.filter(hasRoom).slice(0, 1);
  if (regions.length === 0) {
    return {
      creates: [],
      reasons: [reason('no-capacity', `regions tried: ${allowed.join(', ')}`)],
    };
  }
  return createIn(context, regions, preferred, sources, { wanted, launches, launchIds });
}

interface Quantity {
  readonly wanted: number;
  readonly launches: number;
  readonly launchIds: () => string;
}

function createIn(
  context: PlanContext,
  regions: readonly string[],
  preferred: Member,
  sources: readonly Member[],
  { wanted, launches, launchIds }: Quantity,
): PlannedCreates {
  const { input, members } = context;
  const tally = (counts: (member: Member) => boolean): Map<string, number> =>
    new Map(
      regions.map((region) => [
        region,
        members.filter((m) => mayBeIn(m, region) && counts(m)).length,
      ]),
    );
  // One that has failed or is out of sight still takes up room, and leaves its region lacking.
  const perRegion = tally(({ mark }) => mark?.goal !== 'destroy');
  const standing = tally(existsInRegion);
  const creates: CreateAction[] = [];
  const missing = new Set<string>();
  const taken = new Set<string>();
  while (creates.length < wanted) {
    const region = neediest(perRegion, input.policy.regionLimits, standing);
    if (region === null) break;
    const source = sources.find((s) => s.machine.region === region) ?? preferred;
    const { config } = source.machine;
    if (config === null) break;
    const volumes = input.look.volumes;
    const mounts = planMounts(config, region, volumes, input.policy.volumes === 'create', taken);
    if (!mounts.ok) {
      missing.add(mounts.missing);
      perRegion.delete(region);
      continue;
    }
    const launchId = launchIds();
    const isLaunched = creates.length < launches;
    creates.push({
      kind: 'create',
      launchId,
      sourceId: source.machine.id,
      group: source.group,
      region,
      isLaunched,
      config: cloneConfig(source.machine, config, { launchId, isLaunched }, mounts.mounts),
      newVolumes: mounts.newVolumes,
      reason: context.growth.created,
    });
    for (const counts of [perRegion, standing]) counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  const reasons: Reason[] = [];
  if (creates.length < wanted && missing.size > 0)
    reasons.push(reason('no-volume', [...missing].join('; ')));
  if (creates.length < wanted && perRegion.size > 0)
    reasons.push(reason('region-maximum', [...perRegion.keys()].join(', ')));
  return { creates, reasons };
}

/** One whose region cannot be read may be in any. */
function mayBeIn({ machine }: Member, region: string): boolean {
  return machine.region === region || (machine.region === '' && machine.unread !== undefined);
}

/** Running machines prove their configuration best, failed ones least; the id makes the choice the same on every look. */
function bySourceOrder(a: Member, b: Member): number {
  const rank = ({ machine: { state } }: Member): number =>
    state === 'started' ? 0 : state === 'failed' ? 2 : 1;
  return rank(a) - rank(b) || (a.machine.id < b.machine.id ? -1 : 1);
}
