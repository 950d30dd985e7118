import type { Answer, Call } from '../exchange.js';
import { bodyOf, json, machineOf, textOf } from '../exchange.js';
import { ApiError } from '../model.js';

const NO_CONTENT: Answer = { status: 204, body: '' };

export function getMetadata(call: Call): Answer {
  return json(machineOf(call).config.metadata ?? {});
}

/** PUT does the same: it merges too. */
export function patchMetadata(call: Call): Answer {
  const machine = machineOf(call);
  const body = bodyOf(call);
  const { metadata } = body;
  if (metadata === null || typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw new ApiError(400, 'metadata is required');
  }
  const patch: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (value !== null && typeof value !== 'string') {
      throw new ApiError(400, `metadata value of ${key} must be a string`);
    }
    patch[key] = value;
  }
  call.life.patchMetadata(machine, patch, textOf(body['machine_version']), call.actor);
  return NO_CONTENT;
}

export function getMetadataKey(call: Call): Answer {
  const value = machineOf(call).config.metadata?.[call.route.item ?? ''];
  if (value === undefined) throw new ApiError(404, 'metadata key not found');
  return json({ value });
}

export function setMetadataKey(call: Call): Answer {
  const { value } = bodyOf(call);
  if (typeof value !== 'string') throw new ApiError(400, 'value is required');
  const patch = { [call.route.item ?? '']: value };
  call.life.patchMetadata(machineOf(call), patch, undefined, call.actor);
  return NO_CONTENT;
}

export function deleteMetadataKey(call: Call): Answer {
  const patch = { [call.route.item ?? '']: null };
  call.life.patchMetadata(machineOf(call), patch, undefined, call.actor);
  return NO_CONTENT;
}
