/** Which machines Fly can suspend: https://fly.io/docs/reference/suspend-resume/ */
import type { JsonValue, Machine } from '../model/machine.js';

const MOST_MEMORY_MB = 2048;
/** Machines that were not updated since lack what suspending needs. */
const SINCE_MS = Date.UTC(2024, 5, 20);

/** Null when it can be suspended; otherwise why not, as one clause. */
export function whyNotSuspend(machine: Machine): string | null {
  const { config } = machine;
  if (config === null) return 'its configuration is unknown';
  const memoryMb = numberAt(config['guest'], 'memory_mb');
  if (memoryMb > MOST_MEMORY_MB)
    return `it has ${memoryMb} MB of memory, at most 2048 can be suspended`;
  if (numberAt(config['init'], 'swap_size_mb') > 0) return 'it has swap';
  if (isSet(field(config['guest'], 'gpu_kind')) || numberAt(config['guest'], 'gpus') > 0)
    return 'it has a GPU';
  if (isSet(config.schedule)) return 'it runs on a schedule';
  if (machine.updatedAtMs < SINCE_MS) return 'it was last updated before 2024-06-20';
  return null;
}

function field(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return (value as { readonly [name: string]: JsonValue | undefined })[key];
}

function numberAt(value: JsonValue | undefined, key: string): number {
  const found = field(value, key);
  return typeof found === 'number' ? found : 0;
}

function isSet(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}
