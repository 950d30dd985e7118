import { z } from 'zod';
import type { Lease } from '../../seams/fly.js';

/** Without the nonce a lease is of no use; its end we know ourselves, from how long we asked for. */
const leaseSchema = z
  .object({ nonce: z.string().min(1).max(1024), expires_at: z.number().nullish().catch(null) })
  .transform((lease): Lease => ({
    nonce: lease.nonce,
    expiresAtMs: lease.expires_at == null ? null : lease.expires_at * 1000,
  }));

/** Fly wraps the lease into an envelope; its own documentation shows it bare. */
export const leaseAnswerSchema = z.union([
  z.object({ data: leaseSchema }).transform((envelope) => envelope.data),
  leaseSchema,
]);
