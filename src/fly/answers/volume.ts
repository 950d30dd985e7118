import { z } from 'zod';
import type { Volume } from '../../core/machine.js';
import { hostStatus } from './fields.js';

export const volumeSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  state: z.string(),
  size_gb: z.number(),
  encrypted: z.boolean().nullish(),
  host_status: z.string().nullish(),
  attached_machine_id: z.string().nullish(),
});

export const volumesSchema = z.array(volumeSchema);

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
