/** Histories as they are stored: with wall time, which is all that two processes have in common. */
import { z } from 'zod';
import type { Instant } from '../../core/time/instant.js';
import type { CountHistory, PolicyHistory } from '../../core/model/app-memory.js';
import type { Json } from '../../seams/store.js';

const past = z.array(z.object({ count: z.number(), untilMs: z.number() }));
const count = z.object({
  recommended: z.object({ count: z.number(), sinceMs: z.number() }).nullable(),
  higher: past,
  lower: past,
  changes: z.array(
    z.object({
      atMs: z.number(),
      change: z.number(),
      isInDoubt: z.literal(true).optional(),
      machineIds: z.array(z.string()).optional(),
    }),
  ),
});
const stored = z.object({
  created: count,
  started: count,
  lastActionAtMs: z.number().nullable(),
  missingSinceMs: z.record(z.string(), z.number()),
  beganAtMs: z.number().nullable(),
  kept: z
    .object({
      upWindowMs: z.number(),
      downWindowMs: z.number(),
      periodMs: z.number(),
      isSpending: z.boolean(),
    })
    .optional(),
});

export function formatHistory(history: PolicyHistory, now: Instant): Json {
  // Up: no window may end before its time.
  const wall = (elapsedMs: number): number => Math.ceil(now.wallMs - now.elapsedMs + elapsedMs);
  return withTimes(history, wall) as unknown as Json;
}

/** Null when it is not what we wrote. What lies in the future, by a clock that was set back, is now. */
export function parseHistory(value: Json, now: Instant): PolicyHistory | null {
  const parsed = stored.safeParse(value);
  if (!parsed.success) return null;
  const elapsed = (wallMs: number): number => now.elapsedMs - Math.max(0, now.wallMs - wallMs);
  return withTimes(parsed.data, elapsed);
}

function withTimes(history: PolicyHistory, convert: (ms: number) => number): PolicyHistory {
  const { created, started, lastActionAtMs, missingSinceMs, beganAtMs, kept } = history;
  const ofNull = (ms: number | null): number | null => (ms === null ? null : convert(ms));
  const missing = Object.entries(missingSinceMs).map(([name, ms]) => [name, convert(ms)] as const);
  return {
    created: countWithTimes(created, convert),
    started: countWithTimes(started, convert),
    lastActionAtMs: ofNull(lastActionAtMs),
    missingSinceMs: Object.fromEntries(missing),
    beganAtMs: ofNull(beganAtMs),
    kept,
  };
}

function countWithTimes(
  { recommended, higher, lower, changes }: CountHistory,
  convert: (ms: number) => number,
): CountHistory {
  return {
    recommended: recommended && { ...recommended, sinceMs: convert(recommended.sinceMs) },
    higher: higher.map((each) => ({ ...each, untilMs: convert(each.untilMs) })),
    lower: lower.map((each) => ({ ...each, untilMs: convert(each.untilMs) })),
    changes: changes.map((each) => ({ ...each, atMs: convert(each.atMs) })),
  };
}
