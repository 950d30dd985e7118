import { parseGoDuration } from '../../expr/go/duration.js';

/**
 * A Go duration ("1m30s", "500ms", "1.5h", "0") in milliseconds, fractions kept.
 * Throws an `Error` with Go's text ("time: missing unit in duration \"10\"") when it is none.
 */
export function parseDurationMs(text: string): number {
  return Number(parseGoDuration(text)) / 1e6;
}

/** The shortest usual way to write a duration: "1m30s", "500ms", "0s". */
export function formatDurationMs(ms: number): string {
  if (ms < 0) return `-${formatDurationMs(-ms)}`;
  if (ms < 1000) return ms === 0 ? '0s' : `${Math.round(ms * 1000) / 1000}ms`;
  const totalSeconds = Math.round(ms) / 1000;
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = Math.round((totalSeconds % 60) * 1000) / 1000;
  const parts = [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : ''];
  if (seconds > 0) parts.push(`${seconds}s`);
  return parts.join('');
}

const UNITS: readonly (readonly [names: RegExp, unit: string, times: number])[] = [
  [/^w(eeks?)?$/, 'h', 168],
  [/^d(ays?)?$/, 'h', 24],
  [/^(h|hrs?|hours?)$/, 'h', 1],
  [/^(m|mins?|minutes?)$/, 'm', 1],
  [/^(s|secs?|seconds?)$/, 's', 1],
  [/^(ms|millis|milliseconds?)$/, 'ms', 1],
];

/** How to write what was probably meant by a text that is no duration: "24h" for "1d"; undefined when nobody can tell. */
export function durationMeant(text: string): string | undefined {
  const [, number, name] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (number === undefined || name === undefined) return undefined;
  if (name === '') return `${number}s or ${number}m, with its unit`;
  const unit = UNITS.find(([names]) => names.test(name.toLowerCase()));
  return unit && `${Number(number) * unit[2]}${unit[1]}`;
}
