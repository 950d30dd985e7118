import { z } from 'zod';
import type { Release } from '../../core/machine.js';
import { timestamp } from './fields.js';

const releaseSchema = z
  .object({ id: z.string(), version: z.number(), status: z.string(), createdAt: timestamp })
  .transform((release): Release => ({
    id: release.id,
    version: release.version,
    status: release.status,
    createdAtMs: release.createdAt,
  }));

export const currentReleaseSchema = z.object({
  app: z.object({ currentRelease: releaseSchema.nullable() }).nullable(),
});
