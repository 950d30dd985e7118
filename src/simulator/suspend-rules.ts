/** What keeps a machine from being suspended, as Fly documents it; the words of its refusal are not known. */
import type { JsonValue } from '../core/model/machine.js';
import type { SimMachine } from './model.js';

const LARGEST_MB = 2048;

/** Null when nothing does. */
export function obstacleToSuspend({ config }: SimMachine): string | null {
  const guest = asRecord(config.guest);
  const init = asRecord(config['init']);
  if (Number(guest['memory_mb'] ?? 0) > LARGEST_MB) return 'too much memory';
  if (Number(init['swap_size_mb'] ?? 0) > 0) return 'machine has swap';
  if ((guest['gpu_kind'] ?? '') !== '') return 'machine has a GPU';
  if ((config['schedule'] ?? '') !== '') return 'machine has a schedule';
  return null;
}

function asRecord(value: JsonValue | undefined): Readonly<Record<string, JsonValue | undefined>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, JsonValue | undefined>>) : {};
}
