import { Deeds, isForced } from '../deeds.js';
import type { Check, Ground, OwnEffect } from '../invariant.js';
import { RUNS, type AppSnapshot, type MachineSnapshot } from '../snapshots.js';

/** No group ever loses its last healthy machine through us, nor the last one of a usable release. */
export function lastMachineKept(ground: Ground): Check {
  return {
    onOwnEffect(effect) {
      const { entry, snapshot } = effect;
      if (entry.effect !== 'destroy' || isForced(effect) || snapshot === null) return;
      const machine = snapshot.members.find(({ id }) => id === entry.machine);
      if (machine === undefined || !isSound(machine)) return;
      const left = others(ground, effect, machine, snapshot);
      const what = `${effect.by} destroyed ${machine.id} of ${entry.app}`;
      if (left.length === 0)
        ground.fail('last-machine', `${what}, the last of group "${machine.group}"`);
      else if (isUsable(machine, snapshot) && !left.some((m) => isUsable(m, snapshot))) {
        ground.fail(
          'last-machine',
          `${what}, the last of a usable release in group "${machine.group}"`,
        );
      }
    },
  };
}

function isSound(machine: MachineSnapshot): boolean {
  return machine.isHealthy && machine.state !== 'failed';
}

/** Of the same group, by the list, without those whose end we have begun since. */
function others(
  ground: Ground,
  effect: OwnEffect,
  machine: MachineSnapshot,
  snapshot: AppSnapshot,
): readonly MachineSnapshot[] {
  const { removals } = new Deeds(ground, effect, snapshot);
  return snapshot.members.filter(
    (m) =>
      m.id !== machine.id &&
      m.group === machine.group &&
      isSound(m) &&
      m.mark !== 'destroy' &&
      !removals.has(m.id),
  );
}

/** The newest release when it is complete, or the one that most started machines run; without releases, any. */
function isUsable(machine: MachineSnapshot, { release, members }: AppSnapshot): boolean {
  if (release === null) return true;
  if (release.status === 'complete' && machine.releaseId === release.id) return true;
  const running = members.filter((m) => m.isHealthy && RUNS.has(m.state));
  const tally = new Map<string, number>();
  for (const { releaseId = '' } of running.length > 0
    ? running
    : members.filter((m) => m.isHealthy)) {
    tally.set(releaseId, (tally.get(releaseId) ?? 0) + 1);
  }
  return (tally.get(machine.releaseId ?? '') ?? 0) >= Math.max(1, ...tally.values());
}
