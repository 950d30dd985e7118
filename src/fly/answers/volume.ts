import { z } from 'zod';
import type { Volume } from '../../core/model/machine.js';
import { hostStatus, name } from './fields.js';

export const volumeSchema = z.object({
  id: name,
  name,
  region: name,
  state: name,
  size_gb: z.number(),
  encrypted: z.boolean().nullish(),
  host_status: z.string().nullish(),
  attached_machine_id: z.string().nullish(),
});

/** Null where it cannot be read: such a volume is neither free nor known. */
export function readVolume(answer: unknown): Volume | null {
  const result = volumeSchema.safeParse(answer);
  return result.success ? toVolume(result.data) : null;
}

export function toVolume(answer: z.infer<typeof volumeSchema>): Volume {
  return {
    id: answer.id,
    name: answer.name,
    region: answer.region,
    state: answer.state,
    sizeGb: answer.size_gb,
    isEncrypted: answer.encrypted ?? false,
    hostStatus: hostStatus(answer.host_status ?? 'unknown'),
    // Fly writes "" as well as null for a volume that is free.
    attachedMachineId: answer.attached_machine_id || null,
  };
}
