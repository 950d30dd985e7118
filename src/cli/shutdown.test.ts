import { describe, expect, it } from 'vitest';
import { aCliContext } from '../testing/cli-context.js';
import { untilStopped } from './shutdown.js';

const never = new Promise<void>(() => undefined);

describe('shutdown', () => {
  it('lets the work drain after a signal', async () => {
    const { context, clock, send, exits } = aCliContext();
    const ended = untilStopped(context, async ({ signal }) => {
      await clock.sleep(60_000, signal).catch(() => undefined);
      await clock.sleep(3000);
    });
    send('SIGTERM');
    expect(await clock.runUntil(ended)).toBe('drained');
    expect(clock.elapsedMs()).toBe(3000);
    expect([exits, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('waits for work that does not drain less than 4 s', async () => {
    const { context, clock, send } = aCliContext();
    const ended = untilStopped(context, () => never);
    send('SIGINT');
    expect(await clock.runUntil(ended)).toBe('cut-off');
    expect(clock.elapsedMs()).toBeLessThan(4000);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('exits at once when %s comes second', async (signal, code) => {
    const { context, clock, send, exits } = aCliContext();
    const ended = untilStopped(context, () => never);
    send('SIGTERM');
    expect(exits).toEqual([]);
    send(signal);
    expect(exits).toEqual([code]);
    await clock.runUntil(ended);
  });

  it('exits at once when the second signal comes after the work has drained', async () => {
    const { context, clock, send, exits } = aCliContext();
    const ended = untilStopped(context, ({ signal }) => clock.sleep(60_000, signal));
    send('SIGTERM');
    await clock.runUntil(ended);
    send('SIGTERM');
    expect(exits).toEqual([143]);
  });

  it('leaves signals alone once the work has ended by itself', async () => {
    const { context, clock, listening } = aCliContext();
    const work = () => clock.sleep(1000);
    expect(await clock.runUntil(untilStopped(context, work))).toBe('ended');
    expect(listening().signals).toBe(0);
  });

  it('fails as the work does, but not when it was told to stop', async () => {
    const { context, clock, send } = aCliContext();
    const failing = untilStopped(context, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    const stopped = untilStopped(context, async ({ signal }) => {
      await clock.sleep(1000, signal);
    });
    send('SIGINT');
    expect(await stopped).toBe('drained');
  });

  it('stops without a signal too', async () => {
    const { context, clock } = aCliContext();
    const ended = untilStopped(context, async ({ signal, stop }) => {
      stop();
      signal.throwIfAborted();
    });
    expect(await clock.runUntil(ended)).toBe('drained');
  });
});
