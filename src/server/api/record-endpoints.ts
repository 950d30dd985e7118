/** The record as it is kept, for commands that explain decisions and compute them again. */
import { z } from 'zod';
import type { RecordedKind } from '../../seams/views.js';
import { cursorText, filters, NO_RECORD, queryOf } from './decision-endpoints.js';
import { jsonEndpoint, type Endpoint } from './endpoint.js';
import { decisionKind, named, nothing } from './schemas.js';

const kept = z
  .strictObject({
    id: z.number(),
    atMs: z.number().describe('When the pass began, in milliseconds since 1970.'),
    app: z.string(),
    policy: z.string(),
    kind: decisionKind,
    body: z
      .string()
      .nullable()
      .describe('Written by the version that decided; its form may change. Null: it is damaged.'),
  })
  .describe('A decision as it is kept.');
named.add(kept, { id: 'KeptDecision' });

const page = z.strictObject({
  decisions: z.array(kept),
  parts: z
    .record(z.string(), z.string())
    .describe('What their bodies refer to by number, such as policies and machines.'),
  next: z.string().nullable().describe('`after` of the next page; null: this is the last.'),
});
named.add(page, { id: 'RecordPage' });
export type RecordPageJson = z.output<typeof page>;

const { kind: _kind, ...shared } = filters;
const query = z.strictObject({
  app: z.string().optional().describe('Exact name.'),
  ...shared,
  kinds: z
    .string()
    .regex(/^(?:acts|changed|regular)(?:,(?:acts|changed|regular))*$/, {
      error: 'must be kinds of decisions with commas, such as acts,changed',
    })
    .optional()
    .describe('`acts`, `changed` and `regular`, with commas. Without it: all.'),
  order: z.enum(['newest-first', 'oldest-first']).default('newest-first'),
  whole: z.boolean().default(false).describe('True: with `parts`; without it they are empty.'),
});

export const recordEndpoints: readonly Endpoint[] = [
  jsonEndpoint({
    method: 'GET',
    path: '/record',
    access: 'read',
    summary: 'Stored decisions in the form in which they are kept.',
    details:
      'The commands `history`, `explain` and `replay` read it. A page ends before `limit` where decisions are long. Values that may be secret are hidden in it; command lines of machines are not.',
    params: nothing,
    query,
    body: nothing,
    answer: page,
    handle: async ({ record }, { query: { app, kinds, order, whole, ...rest } }) => {
      if (record === null) return NO_RECORD;
      const asked = {
        ...queryOf(app, rest),
        ...(kinds === undefined ? {} : { kinds: kinds.split(',') as RecordedKind[] }),
        order,
      };
      const { decisions, parts, next } = await record.page(asked, whole);
      return {
        decisions: [...decisions],
        parts: { ...parts },
        next: next == null ? null : cursorText(next),
      };
    },
  }),
];
