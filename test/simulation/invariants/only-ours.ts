import type { EffectKind } from '../../../src/simulator/index.js';
import { isForced, markedGoal } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { isMember } from '../snapshots.js';

/** What an autoscaler has no business to do at all. */
const NEVER: ReadonlySet<EffectKind> = new Set([
  'update',
  'restart',
  'signal',
  'volume-destroy',
  'app-create',
  'app-destroy',
  'release',
]);

const CHANGING: ReadonlySet<string> = new Set([
  'delete-machine',
  'start-machine',
  'stop-machine',
  'suspend-machine',
  'cordon-machine',
  'uncordon-machine',
  'patch-metadata',
]);

/** Nothing on another app or group, on a standby, on a machine that others hold or are at work on. */
export function onlyOurs(ground: Ground): Check {
  /** Machine -> since when its lease has had the same owner. */
  const leasedSince = new Map<string, { owner: string; atMs: number }>();
  /** Process and machine -> when it was read last. */
  const readAt = new Map<string, number>();
  ground.sim.subscribe((entry) => {
    if (entry.kind !== 'effect' || entry.machine === null) return;
    if (entry.effect === 'lease')
      leasedSince.set(entry.machine, { owner: entry.actor, atMs: entry.atMs });
    if (entry.effect === 'lease-release') leasedSince.delete(entry.machine);
  });

  return {
    onOwnEffect(effect) {
      const { entry, plan, by } = effect;
      const what = `${by} ${entry.effect} ${entry.machine ?? ''} of ${entry.app}`;
      if (NEVER.has(entry.effect)) ground.fail('only-ours', what);
      const profile = plan?.profile ?? null;
      if (profile === null) {
        ground.fail('only-ours', `${what}: not an app of the fleet`);
        return;
      }
      if (entry.effect === 'volume-create' && profile.volumes !== 'create') {
        ground.fail('only-ours', `${what}: volumes are to be reused`);
      }
      const app = ground.sim.world.state.apps.get(entry.app);
      const { machine } = effect;
      if (machine === undefined || app === undefined || entry.effect === 'volume-create') return;
      if (!isMember(profile, app, machine) && !isOwnUndo(effect)) {
        ground.fail(
          'only-ours',
          `${what}: group "${machine.config.metadata?.['fly_process_group']}" or standby`,
        );
      }
      if (isRemovalBegun(effect)) othersAtWork(ground, effect, what);
    },
    onOwnRequest(entry, by) {
      if (entry.machine === null) return;
      const key = `${by} ${entry.machine}`;
      if (entry.action === 'get-machine') readAt.set(key, entry.atMs);
      if (!CHANGING.has(entry.action) || entry.lease !== 'foreign') return;
      const lease = leasedSince.get(entry.machine);
      const wasSeen = lease !== undefined && lease.atMs < (readAt.get(key) ?? 0);
      if (wasSeen && entry.status !== 404) {
        ground.fail(
          'only-ours',
          `${by} ${entry.action} ${entry.machine} of ${entry.app}, whose lease ${lease.owner} was seen to hold`,
        );
      }
    },
  };
}

function isRemovalBegun(effect: OwnEffect): boolean {
  if (markedGoal(effect) !== null) return true;
  return effect.entry.effect === 'destroy' && !isForced(effect);
}

/** A create that a release overtook: by then flyctl may have made something else of it. */
function isOwnUndo(effect: OwnEffect): boolean {
  return isForced(effect);
}

function othersAtWork(ground: Ground, { entry, snapshot }: OwnEffect, what: string): void {
  const seen = snapshot?.members.find(({ id }) => id === entry.machine);
  if (seen === undefined || snapshot === null) return;
  if (seen.isCordoned && seen.mark === null) {
    ground.fail('only-ours', `${what}: somebody else had cordoned it`);
  }
  if (seen.hasBlueGreenTag && snapshot.release !== null && snapshot.release.status !== 'complete') {
    ground.fail('only-ours', `${what}: part of a blue-green deploy that was not complete`);
  }
  if (!seen.isHealthy) ground.fail('only-ours', `${what}: it was out of sight`);
}
