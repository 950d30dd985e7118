import { z } from 'zod';
import type { AppSummary } from '../../core/machine.js';

const appSchema = z
  .object({ name: z.string().min(1), status: z.string().nullish() })
  .transform((app): AppSummary => ({ name: app.name, status: app.status ?? '' }));

/** GET /v1/apps. */
export const appsPageSchema = z.object({
  apps: z.array(appSchema),
  next_cursor: z.string().nullish(),
});

/** The organization that GraphQL knows by its slug. */
export const organizationSchema = z.object({
  organization: z.object({ id: z.string().min(1) }).nullable(),
});

/** One page of GraphQL's `apps`. */
export const appNodesSchema = z.object({
  apps: z.object({
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    nodes: z.array(appSchema),
  }),
});
