import { z } from 'zod';
import { ERROR_CODES } from '../../core/model/errors.js';
import type { Sample } from '../../core/model/sample.js';
import { emptySample, errorSample } from '../shared/samples/samples.js';

const time = z.number();
const finite = z.number();

/** As `Sample`; what is written by hand is not trusted to be one. */
const sampleShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('value'),
    value: finite,
    atMs: time,
    isDefault: z.boolean().optional(),
    warning: z.string().optional(),
  }),
  z.object({ kind: z.literal('empty'), atMs: time }),
  z.object({ kind: z.literal('stale'), value: finite, atMs: time, ageMs: z.number() }),
  z.object({
    kind: z.literal('error'),
    code: z.enum(ERROR_CODES),
    message: z.string(),
    atMs: time,
  }),
]);

/** What a module may say of an app: a number, null for none, an error, or a whole sample. */
export function sampleOf(said: unknown, defaultValue: number | undefined, nowMs: number): Sample {
  if (typeof said === 'number') {
    return Number.isFinite(said)
      ? { kind: 'value', value: said, atMs: nowMs }
      : { kind: 'not-a-number', value: said, atMs: nowMs };
  }
  if (said === null) return emptySample(defaultValue, nowMs);
  if (said instanceof Error) return errorSample('source-unavailable', said.message, nowMs);
  const parsed = sampleShape.safeParse(said);
  if (!parsed.success) {
    const message = 'the module gave neither a number, null, an error nor a sample';
    return errorSample('source-bad-answer', message, nowMs);
  }
  if (parsed.data.kind === 'empty') return emptySample(defaultValue, parsed.data.atMs);
  return parsed.data;
}
