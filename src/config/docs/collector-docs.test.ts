import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, loadConfig, type LoadInput } from '../index.js';

const page = readFileSync(new URL('../../../docs/collectors.md', import.meta.url), 'utf8');

function blocksOf(title: string): readonly { readonly language: string; readonly text: string }[] {
  const section = page.split('\n## ').find((text) => text.startsWith(`${title}\n`)) ?? '';
  return [...section.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** What a shell makes of it: the variables that are set, or would be told to Fly. */
function shellEnv(script: string): Record<string, string> {
  const fly =
    'fly() { if [ "$1" = tokens ]; then echo "FlyV1 fm2_x"; else shift 2; export "$@"; fi; }';
  const output = execFileSync('sh', ['-c', `${fly}\nset -a\n${script}\nenv -0`], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  const pairs = output
    .split('\0')
    .map((line) => [line.split('=', 1)[0], line.replace(/^.*?=/, '')]);
  return Object.fromEntries(pairs.filter(([name]) => name?.startsWith('FAS_')));
}

function tomlEnv(text: string): Record<string, string> {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('[env]');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^(\w+) = (".*")$/.exec(line) ?? [];
      return [name, JSON.parse(value ?? '')];
    }),
  );
}

/** The variables that a file refers to, as secrets are. */
function referred(yaml: string): Record<string, string> {
  const names = [...yaml.matchAll(/\$([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name ?? '');
  return Object.fromEntries(names.filter((name) => name !== 'APP_NAME').map((name) => [name, 'x']));
}

/** The types of the collectors; fails with what is wrong. */
function typesIn(env: LoadInput['env'], yaml?: string): readonly string[] {
  const result = loadConfig({
    env,
    file: yaml === undefined ? undefined : { path: 'config.yaml', text: yaml },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
  expect(result.ok ? '' : formatProblems(result.problems)).toBe('');
  expect(formatProblems(result.warnings)).toBe('');
  return result.ok ? result.config.collectors.map(({ definition }) => definition.type) : [];
}

describe.each(collectorDefinitions.map(({ type, docs }) => ({ type, docs })))(
  'the examples of $type load, whole and without a warning:',
  ({ type, docs }) => {
    const [env, yaml, toml, secrets, ...others] = blocksOf(docs.title);

    it('by environment', () => {
      expect(env?.language).toBe('sh');
      expect(new Set(typesIn(shellEnv(env?.text ?? '')))).toEqual(new Set([type]));
    });

    it('by a file', () => {
      const text = yaml?.text ?? '';
      expect(yaml?.language).toBe('yaml');
      const given = { FAS_API_TOKEN: 'FlyV1 fm2_x', ...referred(text) };
      expect(new Set(typesIn(given, text))).toEqual(new Set([type]));
    });

    it('by fly.toml and secrets', () => {
      expect([toml?.language, secrets?.language]).toEqual(['toml', 'sh']);
      const open = tomlEnv(toml?.text ?? '');
      const set = shellEnv(secrets?.text ?? '');
      expect(new Set(typesIn({ ...open, ...set }))).toEqual(new Set([type]));
      expect(others).toEqual([]);
    });
  },
);
