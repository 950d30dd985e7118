import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemClock } from './adapters/clock.js';
import { pacedClock } from './adapters/paced-clock.js';
import { connectHttp } from './adapters/http.js';
import { aCliContext } from '../testing/cli-context.js';
import { runCli } from './program.js';

/** Real sockets need real time; the demonstration's own runs 100 times as fast. */
function setUp(terminal?: { columns: number; rows: number }, files: Record<string, string> = {}) {
  const process = aCliContext({ ...(terminal && { terminal }), files, env: { FAS_APP_NAME: 'x' } });
  const context = {
    ...process.context,
    clock: systemClock(),
    pacedClock,
    connect: connectHttp,
  };
  return { ...process, context };
}

const [ENTER, DOWN, ESCAPE] = ['\r', '\u001b[B', '\u001b'];

async function until(isTrue: () => boolean): Promise<void> {
  const clock = systemClock();
  while (!isTrue()) await clock.sleep(10);
}

describe('demo', () => {
  it('scales the simulated apps and tells it line by line', async () => {
    const { context, out, err, send } = setUp();
    const code = runCli(['demo', '--apps', '3', '--speed', '60'], context);
    await until(() => /my-app-2 {2}created \d/.test(out()));
    send('SIGINT');
    expect(await code).toBe(0);
    expect(err()).toBe('');
    expect(out()).toMatch(/^The autoscaler works on a simulated Fly at http:\/\/127\.0\.0\.1:\d+ /);
    expect(out()).toMatch(/Metrics are at http:\/\/127\.0\.0\.1:\d+\/metrics/);
    expect(out()).toMatch(/\n00:00:\d\d {2}4 apps: my-app-1, /);
    expect(out()).not.toContain('some-other-app');
    expect(out()).toMatch(
      /\n\d apps in .* of simulated time, \d+ passes\.\nMachines: \d+ created, .*\n\d+ errors?\.\n$/,
    );
  });

  it('draws a table that fits, follows a resize, shows an app in full, and gives the terminal back', async () => {
    const terminal = { columns: 80, rows: 24 };
    const { context, out, resize, press, send, listening } = setUp(terminal);
    const code = runCli(['demo', '--apps', '30', '--speed', '60'], context);
    await until(() => out().includes('  31 apps  '));
    press(ENTER);
    press(DOWN);
    await until(() => /Reasons +[a-z]/.test(stripVTControlCharacters(out())));
    press(ESCAPE);
    terminal.columns = 40;
    resize();
    send('SIGINT');
    expect(await code).toBe(0);
    const [screen, rest] = out().split('\u001b[?7h\u001b[?25h\u001b[?1049l');
    const frames = (screen ?? '')
      .split('\u001b[H')
      .slice(1)
      .map((frame) => stripVTControlCharacters(frame).split('\r\n'));
    expect(frames[0]?.join(' ')).toContain('Looking for apps and their machines');
    expect(frames.some((frame) => frame[4]?.includes('WHAT IS HAPPENING'))).toBe(true);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(24);
    const widths = frames.map((frame) => Math.max(...frame.map((line) => line.length)));
    expect(widths.at(0)).toBeLessThanOrEqual(80);
    expect(widths.at(-1)).toBeLessThanOrEqual(40);
    expect(stripVTControlCharacters(rest ?? '')).toContain('31 apps in ');
    expect(listening()).toMatchObject({ resizes: 0, keys: 0 });
  });

  it('scales as a configuration file says', async () => {
    const files = {
      'fas.yml': [
        'app-name: my-app-1',
        'created-machine-count: "2 + min(connection_count, 0)"',
        'metric-collectors:',
        '  - type: prometheus',
        '    metric-name: connection_count',
        '    address: $SIMULATOR_PROMETHEUS',
        '    token: any',
        '    query: sum(connection_count{app="$APP_NAME"})',
        '',
      ].join('\n'),
    };
    const { context, out, send } = setUp(undefined, files);
    const code = runCli(['demo', '--config', 'fas.yml', '--speed', '60'], context);
    await until(() => out().includes('my-app-1  created 1 ('));
    send('SIGTERM');
    expect(await code).toBe(0);
  });
});
