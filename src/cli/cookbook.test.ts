/** docs/cookbook.md: every block of it is a whole configuration, and loads without a word. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { collectorDefinitions } from '../collectors/registry.js';
import { formatProblems, loadConfig, type LoadInput } from '../config/index.js';
import { REASON_CODES } from '../core/model/reason.js';

const docs = new URL('../../docs/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, docs), 'utf8');
const page = read('cookbook.md');

interface Recipe {
  readonly title: string;
  readonly text: string;
  readonly blocks: readonly { readonly language: string; readonly text: string }[];
}

const recipes: readonly Recipe[] = page
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    title: text.split('\n', 1)[0] ?? '',
    text: text.split(/^## /m, 1)[0] ?? '',
    blocks: [...text.matchAll(/```(\w*)\n(.*?)```/gs)].map(([, language = '', inner = '']) => ({
      language,
      text: inner,
    })),
  }));
const isAlerts = ({ title }: Recipe): boolean => title === 'Alerts';

/** The secrets of the reader. A token alone makes no collector. */
const SECRETS = {
  FAS_API_TOKEN: 'FlyV1 fm2_x',
  FAS_PROMETHEUS_TOKEN: 'FlyV1 fm2_y',
  FAS_PROMETHEUS_2_TOKEN: 'FlyV1 fm2_y',
  FAS_POSTGRES_PASSWORD: 'x',
  JOBS_TOKEN: 'x',
  BUILDKITE_AGENT_TOKEN: 'x',
  GITHUB_TOKEN: 'x',
};

function told(env: LoadInput['env'], text?: string): string {
  const result = loadConfig({
    env: { ...SECRETS, ...env },
    file: text === undefined ? undefined : { path: 'cookbook.yml', text },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
  return formatProblems([...(result.ok ? [] : result.problems), ...result.warnings]);
}

/** The table `[env]` of a fly.toml: each value is a text in single or double quotes on a line of its own. */
function tomlEnv(text: string): Record<string, string> {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('[env]');
  const pairs = lines.map((line) => {
    const match = /^(\w+) = (?:'([^']*)'|(".*"))$/.exec(line);
    if (match === null) throw new Error(`no setting: ${line}`);
    const [, name = '', literal, basic] = match;
    return [name, literal ?? (JSON.parse(basic ?? '') as string)] as const;
  });
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

function problemsOf({ language, text }: Recipe['blocks'][number]): string {
  if (language === 'yaml') return told({}, text);
  if (language === 'toml') return told(tomlEnv(text));
  return `a block of ${language}`;
}

describe('a recipe of the cookbook is one whole configuration that loads without a warning:', () => {
  it.each(recipes.filter((recipe) => !isAlerts(recipe)))('$title', ({ blocks }) => {
    expect(blocks).toHaveLength(1);
    expect(blocks.map(problemsOf)).toEqual(['']);
  });
});

describe('the cookbook', () => {
  it('has no block outside its recipes', () => {
    const inRecipes = recipes.flatMap(({ blocks }) => blocks).length;
    expect(page.match(/^```\w/gm)).toHaveLength(inRecipes);
    expect(inRecipes).toBeGreaterThan(30);
  });

  it.each(recipes)('has a wish, a reason and a link for $title', ({ text }) => {
    const [before = '', , after = ''] = text.split(/^```.*$/m);
    expect(before.trim().split('\n')).toHaveLength(3);
    expect(after).toMatch(/\]\([\w./#-]+\)/);
  });

  it('leads to pages and headings that exist', () => {
    const anchorsOf = (text: string): Set<string> =>
      new Set(
        [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replaceAll(/[^\w\- ]/g, '')
            .replaceAll(' ', '-'),
        ),
      );
    for (const [, file = '', anchor] of page.matchAll(/\]\(([\w./-]*)(?:#([\w-]+))?\)/g)) {
      expect(existsSync(new URL(file, docs)), file).toBe(true);
      const text = file === '' ? page : read(file);
      if (anchor !== undefined) expect([...anchorsOf(text)], file).toContain(anchor);
    }
  });

  it('has alerts that are PromQL over metrics, states and reasons that there are', () => {
    const text = recipes.find(isAlerts)?.blocks[0]?.text ?? '';
    const { groups } = parse(text) as {
      readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[];
    };
    const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(2);
    const metrics = read('metrics.md');
    for (const query of expressions) {
      // The loader reads the query of a collector as PromQL.
      const collector = { type: 'prometheus', 'metric-name': 'alert', address: 'http://p', query };
      const counts = { 'app-name': 'my-app', 'created-machine-count': 'alert' };
      expect(told({}, JSON.stringify({ ...counts, 'metric-collectors': [collector] }))).toBe('');
      for (const [name] of query.matchAll(/fas_\w+/g)) expect(metrics).toContain(`| \`${name}\` |`);
      for (const [, state] of query.matchAll(/(?:state|status)="([^"]*)"/g))
        expect(metrics).toContain(`\`${state}\``);
      for (const [, codes = ''] of query.matchAll(/reason=~"([^"]*)"/g))
        for (const code of codes.split('|')) expect(REASON_CODES).toContain(code);
    }
  });
});
