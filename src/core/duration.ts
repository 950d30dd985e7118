import { parseGoDuration } from '../expr/go/duration.js';

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
