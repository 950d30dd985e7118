/** examples/config.yaml: every key, explained; what has a default is commented out. */
import { stringify } from 'yaml';
import type { CollectorDefinition } from '../schema.js';
import { collectorKinds } from './env.js';
import { fieldsOf, type Field } from './field.js';
import { COLLECTORS_KEY, daemonSchema, policySchema } from './settings.js';

const WIDTH = 96;

/** What the sample sets; everything else shows its default or an example in a comment. */
const CHOSEN: ReadonlyMap<string, string> = new Map([
  ['app-name', 'my-app-*, !my-app-staging'],
  ['created-machine-count', 'queue_depth / 10'],
  ['org', 'my-org'],
]);

/** YAML that loads as it is, but for the API token that comes from the environment. */
export function sampleConfig(definitions: readonly CollectorDefinition[]): string {
  const flat = [...fieldsOf(policySchema, 'FAS'), ...fieldsOf(daemonSchema, 'FAS')];
  const collectors = collectorKinds(definitions).map(({ definition, fields }, index) => {
    // The first kind is the sample's own; the others are there to be uncommented.
    const isChosen = index === 0;
    const lines = [
      ...comment(definition.summary),
      `- type: ${definition.type}`,
      ...fields.flatMap((field) => indented(settingLines(field, isChosen && field.isRequired))),
    ];
    return indented(
      isChosen ? lines : lines.map((line) => (line.startsWith('#') ? line : off(line))),
    );
  });
  return `${[
    '# Generated from the schema by "npm run generate". Every setting, with its default or an example.',
    '# yaml-language-server: $schema=../docs/config.schema.json',
    '',
    ...flat.flatMap((field) => [...settingLines(field, CHOSEN.has(field.key)), '']),
    '# Where metrics come from.',
    `${COLLECTORS_KEY}:`,
    ...collectors.flat(),
  ].join('\n')}\n`;
}

function settingLines(field: Field, isChosen: boolean): string[] {
  const line = stringify({ [field.key]: shown(field) }, { lineWidth: 0 }).trimEnd();
  return [...comment(field.meta.description), isChosen ? line : off(line)];
}

function shown(field: Field): unknown {
  return CHOSEN.get(field.key) ?? field.json.default ?? field.meta.example ?? '...';
}

function off(line: string): string {
  return line.replace(/^( *)/, '$1# ');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** `##` tells an explanation from a setting that is commented out. */
function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '##';
  for (const word of text.split(/\s+/)) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '##';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
