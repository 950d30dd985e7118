import { expect, it } from 'vitest';
import { systemClock } from './adapters/clock.js';
import { aCliContext } from '../testing/cli-context.js';
import { runCli } from './program.js';

it('listens where it says, says how to use it, and ends on a signal', async () => {
  const process = aCliContext();
  const real = { ...process.context, clock: systemClock(), fastClock: () => systemClock() };
  const code = runCli(['simulator', '--port', '0', '--apps', '2'], real);
  while (!process.out().includes('Ctrl-C')) await real.clock.sleep(10);
  const lines = process.out().split('\n');
  const url = /FLY_FLAPS_BASE_URL=(\S+)/.exec(process.out())?.[1];
  expect(lines).toContain(`  export FLY_API_BASE_URL=${url}`);
  expect(lines).toContain(`  export FAS_PROMETHEUS_ADDRESS=${url}/prometheus/my-org`);
  // A shell must hand the query on as it is.
  expect(lines).toContain(
    String.raw`  export FAS_PROMETHEUS_QUERY="sum(connection_count{app='\$APP_NAME'})"`,
  );
  const headers = { authorization: 'FlyV1 fm2_any' };
  const listed = await fetch(`${url}/v1/apps/my-app-2/machines`, { headers });
  expect(listed.status).toBe(200);
  process.send('SIGINT');
  expect(await code).toBe(0);
  await expect(fetch(`${url}/v1/apps/my-app-2/machines`)).rejects.toThrow();
});

it('says what to do when the port is taken', async () => {
  const first = aCliContext();
  const running = runCli(['simulator', '--port', '0'], first.context);
  const real = systemClock();
  while (!first.out().includes('Ctrl-C')) await real.sleep(10);
  const port = /127\.0\.0\.1:(\d+)/.exec(first.out())?.[1] ?? '';
  const second = aCliContext();
  expect(await runCli(['simulator', '--port', port], second.context)).toBe(1);
  expect(second.err()).toBe(
    `ERROR: cannot listen on 127.0.0.1:${port}: EADDRINUSE\n  hint: give another port with --port; 0 takes a free one\n`,
  );
  first.send('SIGINT');
  expect(await running).toBe(0);
});
