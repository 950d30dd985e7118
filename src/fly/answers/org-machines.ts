import { z } from 'zod';
import type { ListedMachine } from '../../core/machine.js';
import { timestamp } from './fields.js';

const listedSchema = z
  .object({
    id: z.string().min(1),
    app_name: z.string().min(1),
    state: z.string().min(1),
    region: z.string(),
    version: z.string().nullish(),
    instance_id: z.string().nullish(),
    created_at: timestamp.nullish(),
    updated_at: timestamp.nullish(),
  })
  .refine((machine) => (machine.updated_at ?? machine.created_at) != null, {
    message: 'no time',
    path: ['updated_at'],
  });

/** A page of the organization's list; of each machine only what tells that it changed. */
export const orgMachinesSchema = z.object({
  machines: z.array(listedSchema).nullish(),
  /** Empty when the page is. */
  last_updated_at: z.union([z.literal('').transform(() => null), timestamp]).nullish(),
  next_cursor: z.string().nullish(),
  error_regions: z.array(z.string()).nullish(),
});

export function toListed(machine: z.infer<typeof listedSchema>): ListedMachine {
  return {
    id: machine.id,
    app: machine.app_name,
    state: machine.state,
    region: machine.region,
    version: machine.version ?? machine.instance_id ?? '',
    updatedAtMs: machine.updated_at ?? machine.created_at ?? 0,
  };
}
