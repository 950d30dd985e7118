import { describe, expect, it } from 'vitest';
import { aCliContext } from '../testing/cli-context.js';
import { withDoubleDashes } from './arguments.js';
import { runCli } from './program.js';

const COMMANDS = [
  'serve',
  'eval',
  'validate',
  'pause',
  'resume',
  'paused',
  'brake',
  'history',
  'explain',
  'replay',
  'demo',
  'simulator',
  'version',
  'help',
];

async function cli(...argv: string[]) {
  const process = aCliContext();
  const code = await process.clock.runUntil(runCli(argv, process.context));
  return { code, out: process.out(), err: process.err() };
}

describe('command line', () => {
  it('prints the version', async () => {
    for (const word of ['version', '--version', '-v']) {
      const { code, out } = await cli(word);
      expect([code, out]).toEqual([0, word === 'version' ? 'fly-autoscaler 1.2.3\n' : '1.2.3\n']);
    }
  });

  it.each(COMMANDS)('helps with %s, with examples, in 80 columns', async (name) => {
    const { code, out } = await cli(name, '--help');
    expect(code).toBe(0);
    expect(out).toContain(`Usage: fly-autoscaler ${name}`);
    expect(out).toMatch(/Examples:\n {2}/);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(out).not.toMatch(/\(default: [^)]*\)\s+\(default: /);
    expect((await cli('help', name)).out).toBe(out);
  });

  it('names every command in the help of the program', async () => {
    const { code, out } = await cli('help');
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('shows the help on standard error and exits with 2 when no command is given', async () => {
    const { code, out, err } = await cli();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: fly-autoscaler');
  });

  it.each([
    [['bogus'], "ERROR: unknown command 'bogus'"],
    [['serve', '--bogus'], "ERROR: unknown option '--bogus'"],
    [['serve', 'extra'], 'ERROR: too many arguments'],
    [['eval', '--app'], "ERROR: option '--app <name>' argument missing"],
    [['eval', '--app', 'a', '--all'], 'cannot be used with'],
    [['demo', '--speed', '0'], 'It must be a number above zero.'],
    [
      ['demo', '--for', '10'],
      'It must be a duration such as 30s or 2m: write 10s or 10m, with its unit.',
    ],
    [['demo', '--apps', '0'], 'It must be a whole number from 1 up.'],
    [['demo', '--apps', '1.5'], 'It must be a whole number from 1 up.'],
    [['simulator', '--port', '70000'], 'It must be a port, 0 to 65535.'],
    [['pause'], 'ERROR: give the name of an app, a pattern, or --all'],
    [['pause', 'my-app-1', '--all'], 'ERROR: give the name of an app'],
    [['pause', '--all', '--in', '--out'], 'cannot be used with'],
    [['pause', '--all', '--in', '--at', '3'], 'cannot be used with'],
    [['pause', '--all', '--at', '-1'], 'It must be a whole number from 0 up.'],
    [['pause', '--all', '--for', '2'], 'It must be a duration'],
    [['pause', '--all', '--until', 'noon'], 'ERROR: not a time: "noon"'],
    [['pause', '--all', '--until', '2026-01-31T18:00'], 'ERROR: it is past already'],
    [['pause', '--all', '--for', '2h', '--until', '2026-01-31T18:00Z'], 'cannot be used with'],
    [['resume'], 'ERROR: give the name of an app, a pattern, or --all'],
    [['paused', '--url', 'my-autoscaler:9090'], 'ERROR: --url is no http or https URL'],
    [['help', 'bogus'], 'ERROR: there is no command "bogus"\n  hint: the commands are serve, '],
  ])('exits with 2 on %j', async (argv, message) => {
    const { code, out, err } = await cli(...argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  it.each(COMMANDS.filter((name) => name !== 'simulator'))('takes -config on %s', async (name) => {
    // The file is missing, which only those that read it notice.
    const targets = new Map([
      ['pause', '--all'],
      ['resume', '--all'],
      ['explain', 'my-app-1'],
    ]);
    const target = targets.get(name) ?? [];
    const { code, err } = await cli(name, ...[target].flat(), '-config', '/nowhere.yml');
    if (name === 'version' || name === 'help') expect(code).toBe(0);
    else {
      expect(code).toBe(1);
      expect(err).toMatch(
        /^ERROR: cannot read the configuration \/nowhere.yml: ENOENT\n {2}hint: /,
      );
    }
  });

  it('puts the single dash of -config right and no other', () => {
    expect(withDoubleDashes(['serve', '-config', '-x', '-config=a', '--config'])).toEqual([
      'serve',
      '--config',
      '-x',
      '--config=a',
      '--config',
    ]);
  });
});
