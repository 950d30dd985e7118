import type { ErrorCode } from '../../core/model/errors.js';
import type { Breathe } from '../../seams/slices.js';
import { refusal as refusalWith, type Refusal } from '../shared/http/http-refusal.js';
import { parseNumber } from '../shared/samples/number-text.js';

export type { Refusal };

/** What a body says for one app: the numbers found, none when it has nothing, or why it cannot be used. */
export type Reading =
  | {
      readonly kind: 'numbers';
      readonly numbers: readonly number[];
      /** When the oldest of them was true; null when the body does not say. */
      readonly atMs: number | null;
    }
  | Refusal;

/** Takes a body apart once, however many apps it serves. */
export type Reader = (
  body: string,
  breathe: Breathe,
) => Promise<(app: string) => Reading | Promise<Reading>>;

export function refusal(message: string, code: ErrorCode = 'source-bad-answer'): Refusal {
  return refusalWith(code, message);
}

export function numbers(found: readonly number[], atMs: number | null = null): Reading {
  return { kind: 'numbers', numbers: found, atMs };
}

/** Null when there is none, or when one is not known. */
export function oldest(timesMs: readonly (number | null)[]): number | null {
  const known = timesMs.filter((time) => time !== null);
  return known.length === 0 || known.length < timesMs.length ? null : Math.min(...known);
}

/** A text that must be a number. */
export function numberIn(text: string): Reading {
  const number = parseNumber(text.trim());
  if (number !== null) return numbers([number]);
  return refusal(`${JSON.stringify(text.slice(0, 40))} is not a number`);
}
