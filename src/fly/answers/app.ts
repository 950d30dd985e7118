import { z } from 'zod';
import type { AppSummary } from '../../core/model/machine.js';
import { fieldOf, name } from './fields.js';

/** An app of a list; without its name where that cannot be read, and whatever else cannot be. */
export function readApp(entry: unknown): AppSummary {
  const status = z.string().safeParse(fieldOf(entry, 'status')).data ?? '';
  return { name: name.safeParse(fieldOf(entry, 'name')).data ?? null, status };
}

/** A page of GET /v1/apps. Its entries are read one by one. */
export const appsPageSchema = z
  .object({
    apps: z.array(z.unknown()).nullish(),
    next_cursor: z.string().nullish(),
    total_apps: z.unknown().optional(),
  })
  // Go writes an empty list as null. That nothing is there is believed when the answer says so a second time.
  .refine((page) => page.apps != null || Boolean(page.next_cursor) || page.total_apps === 0, {
    message: 'no list',
    path: ['apps'],
  });

/** GET /v1/apps/{app}: how many machines the app has by its own record. */
export const appRecordSchema = z.object({ machine_count: z.number() });

/** The organization that GraphQL knows by its slug. */
export const organizationSchema = z.object({
  organization: z.object({ id: z.string().min(1) }).nullable(),
});

/** One page of GraphQL's `apps`. */
export const appNodesSchema = z.object({
  apps: z
    .object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
      nodes: z.array(z.unknown()).nullish(),
    })
    .refine((page) => page.nodes != null || page.pageInfo.hasNextPage, {
      message: 'no list',
      path: ['nodes'],
    }),
});
