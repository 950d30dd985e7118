import { z } from 'zod';
import type { Release } from '../../core/model/machine.js';
import { isRunning } from '../../core/machines/release.js';
import { name, timestamp } from './fields.js';

/**
 * Its id tells it apart, its status what may be done. Its number is a second way to know its machines, and its time
 * says how long it has been running: one that runs since nobody knows when cannot be read.
 */
const releaseSchema = z
  .object({
    id: name,
    status: name,
    version: z.number().nullish().catch(null),
    createdAt: timestamp.nullish().catch(null),
  })
  .transform(({ id, status, version, createdAt }, context): Release => {
    const release = { id, version: version ?? 0, status, createdAtMs: createdAt ?? 0 };
    if (createdAt != null || !isRunning(release)) return release;
    context.addIssue({ code: 'custom', message: 'no time', path: ['createdAt'] });
    return z.NEVER;
  });

export const currentReleaseSchema = z.object({
  app: z.object({ currentRelease: releaseSchema.nullable() }).nullable(),
});
