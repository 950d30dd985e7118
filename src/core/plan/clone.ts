/** What a new machine takes over from its source, and what identifies the source and is reset. */
import type { Machine, MachineConfig, Mount, NewVolumeRequest, Volume } from '../model/machine.js';
import { BLUE_GREEN_KEY, LAUNCH_KEY, OWN_PREFIX, RUN_KEY } from '../machines/marks.js';

/** Metadata that belongs to one machine or one deploy. */
const OWN_METADATA = new Set([BLUE_GREEN_KEY, 'fly_previous_alloc']);

export function cloneConfig(
  source: Machine,
  config: MachineConfig,
  { launchId, isLaunched }: { readonly launchId: string; readonly isLaunched: boolean },
  mounts: readonly Mount[] | undefined,
): MachineConfig {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(config.metadata ?? {})) {
    if (!key.startsWith(OWN_PREFIX) && !OWN_METADATA.has(key)) metadata[key] = value;
  }
  metadata[LAUNCH_KEY] = launchId;
  if (isLaunched) metadata[RUN_KEY] = launchId;
  const { standbys: _standbys, mounts: _mounts, env, ...kept } = config;
  const { FLY_STANDBY_FOR: _standbyFor, ...ownEnv } = env ?? {};
  const image = source.imageRef ?? config.image;
  return {
    ...kept,
    ...(env === undefined ? {} : { env: ownEnv }),
    ...(image === undefined ? {} : { image }),
    ...(mounts === undefined ? {} : { mounts }),
    metadata,
  };
}

export type MountPlan =
  | {
      readonly ok: true;
      readonly mounts: readonly Mount[] | undefined;
      readonly newVolumes: readonly NewVolumeRequest[];
    }
  | { readonly ok: false; readonly missing: string };

/**
 * A volume for each mount of the source: an unattached healthy one of the same name in the region, or a new empty one
 * where that is allowed. `taken` holds the ids given away in this plan; it is added to.
 */
export function planMounts(
  config: MachineConfig,
  region: string,
  volumes: readonly Volume[] | 'unread',
  mayCreate: boolean,
  taken: Set<string>,
): MountPlan {
  const mounts = config.mounts ?? [];
  // A screen does without volumes; the second look reads them.
  if (mounts.length === 0 || volumes === 'unread') {
    return { ok: true, mounts: config.mounts, newVolumes: [] };
  }
  const planned: Mount[] = [];
  const newVolumes: NewVolumeRequest[] = [];
  const chosen: string[] = [];
  for (const mount of mounts) {
    const attached = volumes.find((volume) => volume.id === mount.volume);
    const name = mount.name ?? attached?.name;
    if (name === undefined)
      return { ok: false, missing: `volume ${mount.volume ?? '?'} is unknown` };
    const free = volumes.find(
      (v) =>
        v.name === name &&
        v.region === region &&
        v.attachedMachineId === null &&
        v.state === 'created' &&
        v.hostStatus === 'ok' &&
        !taken.has(v.id) &&
        !chosen.includes(v.id),
    );
    const { name: _name, size_gb: _size, volume: _volume, ...settings } = mount;
    if (free !== undefined) {
      chosen.push(free.id);
      planned.push({ ...settings, volume: free.id });
    } else if (mayCreate && attached !== undefined) {
      planned.push(settings);
      newVolumes.push({
        name,
        region,
        sizeGb: attached.sizeGb,
        isEncrypted: attached.isEncrypted,
      });
    } else {
      return { ok: false, missing: `no free volume "${name}" in ${region}` };
    }
  }
  for (const id of chosen) taken.add(id);
  return { ok: true, mounts: planned, newVolumes };
}
