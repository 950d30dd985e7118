import { DeadlineExceeded, withDeadline, type Clock } from '../clock.js';
import { formatDurationMs } from '../core/duration.js';
import type { Sample } from '../core/sample.js';
import { errorSample } from './samples.js';

export type Emit = (app: string, sample: Sample) => void;

export interface CollectionLimits {
  readonly clock: Clock;
  readonly limitMs: number;
  /** The server as it may be printed. */
  readonly serverName: string;
}

/**
 * What every collection does alike: each app hears once, a late answer finds nobody waiting,
 * and whoever has heard nothing at the deadline hears `source-timeout`.
 * Resolves to whether the deadline was met; rejects with the signal's reason, or as `work` does.
 */
export async function collectWithin(
  { clock, limitMs, serverName }: CollectionLimits,
  apps: readonly string[],
  emit: Emit,
  signal: AbortSignal,
  work: (emit: Emit, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const waiting = new Set(apps);
  const emitOnce: Emit = (app, sample) => {
    if (!signal.aborted && waiting.delete(app)) emit(app, sample);
  };
  try {
    await withDeadline(clock, limitMs, signal, (deadline) => work(emitOnce, deadline));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DeadlineExceeded)) throw error;
    const message = `${serverName}: no answer within ${formatDurationMs(limitMs)}`;
    const sample = errorSample('source-timeout', message, clock.now());
    for (const app of waiting) emitOnce(app, sample);
    return false;
  }
}
