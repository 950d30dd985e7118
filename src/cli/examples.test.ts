/** Whoever begins with an example must not begin with a warning. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { aCliContext } from '../testing/cli-context.js';
import { runCli } from './program.js';

const ROOT = path.join(import.meta.dirname, '../../examples');

/** What their readers have in secrets, and what the simulator gives. */
const ENV = {
  FAS_ORG: 'my-org',
  FAS_API_TOKEN: 'FlyV1 fm2_x',
  FAS_PROMETHEUS_TOKEN: 'FlyV1 fm2_y',
  PROMETHEUS_TOKEN: 'FlyV1 fm2_y',
  SIMULATOR_PROMETHEUS: 'http://127.0.0.1:4280/prometheus/local',
};

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(ya?ml|toml)$/.test(name),
);

/** The table `[env]` of a fly.toml. */
function tomlEnv(text: string): Record<string, string> {
  const rows = text.matchAll(/^(FAS_\w+) = (?:'([^']*)'|"([^"]*)")$/gm);
  return Object.fromEntries([...rows].map(([, name, single, double]) => [name, single ?? double]));
}

it('there are examples', () => {
  expect(files.length).toBeGreaterThan(7);
});

it.each(files)('validate --strict takes examples/%s', async (name) => {
  const text = readFileSync(path.join(ROOT, name), 'utf8');
  const isToml = name.endsWith('.toml');
  const { context, out, err } = aCliContext({
    env: isToml ? { FAS_API_TOKEN: ENV.FAS_API_TOKEN, ...tokens(text), ...tomlEnv(text) } : ENV,
    files: { [name]: text },
  });
  const args = isToml ? [] : ['--config', name];
  expect(await runCli(['validate', '--strict', ...args], context), out() + err()).toBe(0);
});

/** A token of Prometheus is for those that ask it. */
function tokens(text: string): Record<string, string> {
  return text.includes('FAS_PROMETHEUS_ADDRESS')
    ? { FAS_PROMETHEUS_TOKEN: ENV.FAS_PROMETHEUS_TOKEN }
    : {};
}
