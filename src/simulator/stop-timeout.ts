import type { SimConfig } from './model.js';

const DEFAULT_MS = 5000;
const MAX_MS = 300_000;

/** The time between the signal and the kill; 5 s unless configured, never more than 300 s. */
export function stopTimeoutMs(config: SimConfig): number {
  const timeout = config.stop_config?.timeout;
  const timeoutMs = timeout === undefined ? undefined : parseTimeoutMs(timeout);
  return Math.min(timeoutMs ?? DEFAULT_MS, MAX_MS);
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** "30s", "1m30s", or a number of nanoseconds; undefined when it is no duration. */
export function parseTimeoutMs(timeout: string | number): number | undefined {
  if (typeof timeout === 'number') return timeout / 1e6;
  if (!/^(?:[\d.]+(?:ns|us|ms|s|m|h))+$/.test(timeout)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of timeout.matchAll(/([\d.]+)(ns|us|ms|s|m|h)/g)) {
    totalMs += Number(amount) * (UNITS_MS[unit ?? ''] ?? 0);
  }
  return totalMs;
}
