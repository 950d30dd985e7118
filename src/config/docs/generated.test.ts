import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectorDefinitions } from '../../collectors/registry.js';
import { formatProblems, generatedFiles, loadConfig, sampleConfig } from '../index.js';

const ROOT = path.join(import.meta.dirname, '../../..');
const files = generatedFiles(collectorDefinitions);

it.each([...files.keys()])(
  '%s is what the schema generates; else run "npm run generate"',
  (name) => {
    expect(readFileSync(path.join(ROOT, name), 'utf8')).toBe(files.get(name));
  },
);

function load(text: string) {
  return loadConfig({
    env: {
      FAS_API_TOKEN: 'fm2_secret',
      FAS_PROMETHEUS_TOKEN: 'fm2_other',
      FAS_READ_TOKEN: 'to-read',
      FAS_ADMIN_TOKEN: 'to-change',
    },
    file: { path: 'config.yaml', text },
    collectors: collectorDefinitions,
    purpose: 'serve',
  });
}

const sample = sampleConfig(collectorDefinitions);
// The line for editors looks like a setting.
const lines = sample.split('\n').filter((line) => !line.includes('yaml-language-server'));

const NEEDS_MORE = /-machine-count$|^(busy-metric|scale-in|spare)$/;

/** The flat settings that are commented out. */
const commented = lines.flatMap((line, index) => (/^# [a-z-]+: /.test(line) ? [index] : []));

describe('the sample file', () => {
  it('loads as it is, without a warning', () => {
    const result = load(sample);
    expect(result.ok ? '' : formatProblems(result.problems)).toBe('');
    expect(result.warnings).toEqual([]);
  });

  it.each(commented.map((index) => [lines[index], index] as const))(
    'may have %j uncommented',
    (_, index) => {
      const changed = lines.with(index, lines[index]!.slice(2)).join('\n');
      const result = load(changed);
      // Counts need their other end, and others a metric or a count that the sample does not have.
      const found = result.ok ? [] : result.problems.filter((p) => !NEEDS_MORE.test(p.key));
      expect(formatProblems(found)).toBe('');
    },
  );

  it('loads with every kind of collector uncommented', () => {
    const start = sample.indexOf('  # - type:');
    const whole = sample.slice(0, start) + sample.slice(start).replaceAll(/^ {2}# /gm, '  ');
    // Two metrics of one name are too many.
    let count = 0;
    const named = whole.replaceAll(
      /^( +metric-name: ).*$/gm,
      (_, key: string) => `${key}m${count++}`,
    );
    const result = load(named.replace(/^created.*$/m, 'created-machine-count: m0'));
    expect(result.ok ? '' : formatProblems(result.problems)).toBe('');
    const types = result.ok
      ? result.config.collectors.map(({ definition }) => definition.type)
      : [];
    expect(types).toEqual(collectorDefinitions.map(({ type }) => type));
  });
});

describe('the lists of the sample', () => {
  /** The sample with these blocks uncommented. */
  const withBlocks = (...keys: readonly string[]): string =>
    keys.reduce(
      (text, key) =>
        text.replace(new RegExp(`^# ${key}:\n(#   .*\n?)+`, 'm'), (block) =>
          block.replaceAll(/^# /gm, ''),
        ),
      sample,
    );

  it.each([[['policies', 'overrides']], [['process-groups', 'overrides']]])(
    'load uncommented: %j',
    (keys) => {
      const text = withBlocks(...keys);
      const result = load(text);
      expect(result.ok ? '' : formatProblems(result.problems)).toBe('');
      expect(result.warnings).toEqual([]);
      expect(result.ok && result.config.policies.map(({ name }) => name)).toEqual([
        'web',
        'worker',
      ]);
      expect(result.ok && result.config.overrides.list).toHaveLength(1);
    },
  );
});

describe('the JSON Schema', () => {
  const schema = JSON.parse(files.get('docs/config.schema.json')!) as {
    properties: Record<string, { items?: { oneOf: { required: string[] }[] } }>;
  };

  it('knows every key of the sample', () => {
    const keys = lines.flatMap((line) => /^(?:# )?([a-z][a-z-]+):(?: |$)/.exec(line)?.[1] ?? []);
    expect(keys.toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  });

  it('lets entries have the keys of a policy, each as it is at the top', () => {
    const { items } = schema.properties['policies'] as unknown as {
      items: { required: string[]; properties: Record<string, { $ref?: string }> };
    };
    expect(items.required).toEqual(['name']);
    const { name: _, apps, ...shared } = items.properties;
    expect(apps?.$ref).toBeUndefined();
    expect(Object.keys(shared)).toContain('created-machine-count');
    for (const [key, { $ref }] of Object.entries(shared)) {
      expect($ref).toBe(`#/properties/${key}`);
      expect(schema.properties[key]).toBeDefined();
    }
  });

  it('tells kinds of collectors apart by their type', () => {
    const { items } = schema.properties['metric-collectors']!;
    expect(items?.oneOf).toHaveLength(collectorDefinitions.length);
    for (const { required } of items?.oneOf ?? []) expect(required).toContain('type');
  });

  it('says nothing that is not JSON Schema', () => {
    expect(JSON.stringify(schema)).not.toMatch(
      /"(isSecret|isPerApp|isInherited|isExpression|defaultText|example)"/,
    );
  });
});
