import { describe, expect, it } from 'vitest';
import { createSimulator } from '../simulator/index.js';
import { aCliContext } from '../testing/cli-context.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { localEnv } from './local-fly.js';
import { runCli } from './program.js';

function setUp(env: Record<string, string> = {}) {
  const clock = createFakeClock({ startMs: 1_780_272_000_000 });
  const simulator = createSimulator({ clock, seed: 1 });
  simulator.world.addApp('my-app-1', { machines: 1 });
  simulator.world.setLoad('my-app-1', 'connection_count', { kind: 'flat', level: 20 });
  const fly = { url: 'http://fly.test', prometheusUrl: 'http://fly.test/prometheus/my-org' };
  const all = { ...localEnv({ ...fly, close: async () => {} }, 'my-org'), ...env };
  const process = aCliContext({ env: all, handle: simulator.handle, clock });
  const machines = () => simulator.world.apps.get('my-app-1')?.machines.size;
  const lines = () =>
    process
      .err()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { ...process, machines, lines };
}

describe('serve', () => {
  it('scales, logs JSON lines, serves its metrics, and ends on a signal with 0', async () => {
    const { context, clock, send, machines, lines, listening } = setUp();
    const code = runCli(['serve', '--listen', '127.0.0.1:0'], context);
    await clock.advance(60_000);
    expect(machines()).toBe(4);
    const start = lines()[0];
    expect(start).toMatchObject({ msg: 'starting', org: 'my-org', version: '1.2.3' });
    expect(start).toMatchObject({ collection: { connection_count: { way: 'fleet' } } });
    const live = await clock.runUntil(fetch(`${String(start?.['url'])}/readyz`));
    expect(live.status).toBe(200);
    const scrape = fetch(`${String(start?.['url'])}/metrics`).then((r) => r.text());
    expect(await clock.runUntil(scrape)).toContain('fas_machine_create_count{status="ok"} 3\n');
    send('SIGTERM');
    expect(await clock.runUntil(code)).toBe(0);
    const messages = lines().map((line) => line['msg']);
    expect(messages).toContain('machine created');
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
    expect(clock.pendingTimers).toBe(0);
    // A second signal still ends it at once.
    expect(listening()).toEqual({ signals: 1, resizes: 0, keys: 0, hangUps: 0 });
  });

  it('does nothing in a dry run but says what it would do', async () => {
    const { context, clock, send, machines, lines } = setUp();
    const code = runCli(['serve', '--listen', '127.0.0.1:0', '--dry-run'], context);
    await clock.advance(60_000);
    send('SIGINT');
    expect(await clock.runUntil(code)).toBe(0);
    expect(machines()).toBe(1);
    const told = lines().filter((line) => line['msg'] === 'would create machine');
    expect(told).toHaveLength(3);
  });

  it('does not start when the address is taken, or when the configuration is wrong', async () => {
    const first = setUp();
    const running = runCli(['serve', '--listen', '127.0.0.1:0'], first.context);
    await first.clock.advance(1000);
    const { port } = new URL(String(first.lines()[0]?.['url']));
    const second = setUp();
    const taken = runCli(['serve', '--listen', `127.0.0.1:${port}`], second.context);
    expect(await second.clock.runUntil(taken)).toBe(1);
    expect(second.err()).toContain(
      `ERROR: cannot listen on 127.0.0.1:${port}: EADDRINUSE\n  hint:`,
    );
    first.send('SIGTERM');
    await first.clock.runUntil(running);

    const wrong = setUp({ FAS_INTERVAL: '0' });
    expect(await wrong.clock.runUntil(runCli(['serve'], wrong.context))).toBe(1);
    expect(wrong.err()).toMatch(/^ERROR: the configuration has a problem\n {2}FAS_INTERVAL/);
  });
});
