import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig } from '../index.js';

const ROOT = path.join(import.meta.dirname, '../../..');
const page = readFileSync(path.join(ROOT, 'docs/policies.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');

/** What the page leaves to the environment. */
const ENV = {
  FAS_ORG: 'my-org',
  FAS_API_TOKEN: 'fm2_x',
  FAS_PROMETHEUS_ADDRESS: 'https://api.fly.io/prometheus/my-org',
  FAS_PROMETHEUS_TOKEN: 'fm2_y',
  FAS_PROMETHEUS_METRIC_NAME: 'connection_count',
  FAS_PROMETHEUS_QUERY: "sum(connection_count{app='$APP_NAME'})",
};
const BASE = `
app-name: my-app-*
policies: [{ name: web, created-machine-count: connection_count / 5 }]
`;

function told(text: string, env: Readonly<Record<string, string>>): string {
  const file = { path: 'f.yml', text };
  const result = loadConfig({ env, file, collectors: collectorDefinitions, purpose: 'serve' });
  return formatProblems([...(result.ok ? [] : result.problems), ...result.warnings]);
}

describe('the page about policies', () => {
  it.each(blocks)('has an example that is valid as it stands: %#', (text) => {
    const isFragment = (parse(text) as Record<string, unknown>)['app-name'] === undefined;
    expect(told(isFragment ? BASE + text : text, ENV)).toBe('');
  });

  it('shows what is in the example that it names', () => {
    const example = readFileSync(
      path.join(ROOT, 'examples/process-groups/fly-autoscaler.yml'),
      'utf8',
    );
    const whole = parse(example) as Record<string, unknown>;
    for (const [key, value] of Object.entries(parse(blocks[0] ?? '') as Record<string, unknown>))
      expect(whole[key]).toEqual(value);
  });
});

const files = readdirSync(path.join(ROOT, 'examples'))
  .map((name) => `examples/${name}/fly-autoscaler.yml`)
  .filter((file) => existsSync(path.join(ROOT, file)));

it.each(files)('%s is valid, without a warning', (file) => {
  const { FAS_ORG, FAS_API_TOKEN, FAS_PROMETHEUS_TOKEN } = ENV;
  const env = {
    FAS_API_TOKEN,
    FAS_PROMETHEUS_TOKEN,
    FAS_ORG,
    PROMETHEUS_TOKEN: 'x',
    SIMULATOR_PROMETHEUS: 'http://127.0.0.1:1',
  };
  expect(told(readFileSync(path.join(ROOT, file), 'utf8'), env)).toBe('');
});
