/** Where state and record are kept while a figure is taken. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** As without and with `FAS_DATA_DIR`. */
export type Kept = 'memory' | 'file';

/** Runs it with a directory of its own, removed after it; null: in memory. */
export async function keptIn<T>(
  kept: Kept,
  measure: (dataDir: string | null) => Promise<T>,
): Promise<T> {
  if (kept === 'memory') return measure(null);
  const dir = await mkdtemp(path.join(tmpdir(), 'fas-bench-'));
  try {
    return await measure(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
