import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { collectorDefinitions } from './registry.js';

const page = readFileSync(new URL('../../docs/collectors.md', import.meta.url), 'utf8');

it.each(collectorDefinitions.map((definition) => [definition.type, definition] as const))(
  'the documented example of %s is accepted',
  (type, { schema, envPrefix }) => {
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)]
      .flatMap(([, text]) => (parse(text ?? '') as Examples)['metric-collectors'])
      .filter((example) => example.type === type);
    expect(examples).not.toHaveLength(0);
    for (const { type: _, ...settings } of examples) {
      expect(schema.safeParse(settings).error?.issues ?? []).toEqual([]);
    }
    expect(page).toContain(`${envPrefix}_METRIC_NAME=`);
    expect(page).toContain(`${envPrefix}_METRIC_NAME = `);
  },
);

interface Examples {
  readonly 'metric-collectors': readonly (Readonly<Record<string, unknown>> & { type: string })[];
}
