import type { Answer, Call } from '../exchange.js';
import {
  appOf,
  bodyOf,
  decodeCursor,
  encodeCursor,
  json,
  limitOf,
  orgOf,
  textOf,
} from '../exchange.js';
import { refuseFullRegion } from '../machine-launch.js';
import { ApiError } from '../model.js';
import type { SimVolume } from '../model.js';
import { renderVolume } from '../render.js';

export function listVolumes(call: Call): Answer {
  const limit = limitOf(call.query.get('limit'), 1000);
  const all = [...appOf(call).volumes.values()];
  const start = Number(decodeCursor(call.query.get('cursor') ?? '') || 0);
  const page = limit === undefined ? all.slice(start) : all.slice(start, start + limit);
  const end = start + page.length;
  const headers: Record<string, string> =
    end < all.length ? { 'fly-next-cursor': encodeCursor(end) } : {};
  return { status: 200, body: JSON.stringify(page.map(renderVolume)), headers };
}

export function listOrgVolumes(call: Call): Answer {
  const org = orgOf(call, call.route.org);
  const volumes = [...call.world.apps.values()]
    .filter((app) => app.org === org)
    .flatMap((app) => [...app.volumes.values()])
    .map((volume) => ({ ...renderVolume(volume), app_name: volume.app.name }));
  return json({ volumes });
}

export function createVolume(call: Call): Answer {
  const app = appOf(call);
  const body = bodyOf(call);
  const name = textOf(body['name']);
  const region = textOf(body['region']);
  if (name === undefined || region === undefined) {
    throw new ApiError(400, 'name and region are required');
  }
  if (call.world.conditions.regionsOverQuota.has(region)) throw new ApiError(400, 'no capacity');
  try {
    refuseFullRegion(call.world, region);
  } catch {
    throw new ApiError(409, 'aborted: no capacity');
  }
  const sizeGb = Number(body['size_gb'] ?? 3);
  const isEncrypted = body['encrypted'] !== false;
  const volume = call.world.addVolume(app, { name, region, sizeGb, isEncrypted }, call.actor);
  return json(renderVolume(volume));
}

export function getVolume(call: Call): Answer {
  return json(renderVolume(volumeOf(call)));
}

export function deleteVolume(call: Call): Answer {
  const volume = volumeOf(call);
  if (volume.attachedMachineId !== null) {
    const text = `failed_precondition: volume is attached to machine ${volume.attachedMachineId}`;
    throw new ApiError(412, text);
  }
  volume.app.volumes.delete(volume.id);
  call.world.record('volume-destroy', volume.app.name, volume.id, call.actor);
  return json({ ...renderVolume(volume), state: 'pending_destroy' });
}

function volumeOf(call: Call): SimVolume {
  const volume = appOf(call).volumes.get(call.route.item ?? '');
  if (volume === undefined) throw new ApiError(404, 'volume not found');
  return volume;
}
