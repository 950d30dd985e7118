import { z } from 'zod';
import type { Lease } from '../../ports.js';

const leaseSchema = z
  .object({ nonce: z.string().min(1), expires_at: z.number() })
  .transform((lease): Lease => ({ nonce: lease.nonce, expiresAtMs: lease.expires_at * 1000 }));

/** Fly wraps the lease into an envelope; its own documentation shows it bare. */
export const leaseAnswerSchema = z.union([
  z.object({ data: leaseSchema }).transform((envelope) => envelope.data),
  leaseSchema,
]);
