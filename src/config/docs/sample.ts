/** examples/config.yaml: every key, explained; what has a default is commented out. */
import { stringify } from 'yaml';
import type { CollectorDefinition } from '../../seams/schema.js';
import { coerce } from '../yaml/coerce.js';
import { LIST_DOCS } from '../policies/entries.js';
import { collectorKinds } from '../read/env.js';
import { fieldsOf, type Field } from '../base/field.js';
import { scalar } from '../yaml/node.js';
import { daemonSchema, policySchema } from '../schema/settings.js';
import { COLLECTORS_KEY, GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

const WIDTH = 96;

/** What the sample sets; everything else shows its default or an example in a comment. */
const CHOSEN: ReadonlyMap<string, string> = new Map([
  ['app-name', 'my-app-*, !my-app-staging'],
  ['created-machine-count', 'queue_depth / 10'],
  ['org', 'my-org'],
]);

/** Fly's Prometheus answers nobody without it. */
const TOKEN = 'token: $FAS_PROMETHEUS_TOKEN';

/** YAML that loads as it is, but for the tokens that come from the environment. */
export function sampleConfig(definitions: readonly CollectorDefinition[]): string {
  const flat = [...fieldsOf(policySchema, 'FAS'), ...fieldsOf(daemonSchema, 'FAS')];
  const collectors = collectorKinds(definitions).map(({ definition, fields }, index) => {
    const isFirst = index === 0;
    const linesOf = (field: Field): readonly string[] =>
      isFirst && field.key === 'token'
        ? [...comment(field.meta.description), TOKEN]
        : settingLines(field, field.isRequired);
    const lines = [
      `- type: ${definition.type}`,
      ...fields.flatMap((field) => indented(linesOf(field))),
    ];
    // The first kind is the sample's own; the others are whole blocks to be uncommented.
    return indented([...comment(definition.summary), ...(isFirst ? lines : lines.map(off))]);
  });
  return `${[
    '# Generated from the schema by "npm run generate". Every setting, with its default or an example.',
    '# yaml-language-server: $schema=../docs/config.schema.json',
    '',
    ...flat.flatMap((field) => [...settingLines(field, CHOSEN.has(field.key)), '']),
    '# Where metrics come from.',
    `${COLLECTORS_KEY}:`,
    ...collectors.flat(),
    '',
    ...([POLICIES_KEY, GROUPS_KEY, OVERRIDES_KEY] as const).flatMap((key) => [
      ...LIST_SAMPLES[key],
      '',
    ]),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

/** Blocks to be uncommented, one of the first two. */
const LIST_SAMPLES = {
  [POLICIES_KEY]: [
    ...comment(LIST_DOCS[POLICIES_KEY]),
    '# policies:',
    ...[
      '- name: web',
      '  apps: my-app-*, !my-app-staging-*',
      '  process-group: web',
      '  created-machine-count: queue_depth / 5',
      '  regions: [iad, ord]',
      '- name: worker',
      '  process-group: worker',
    ].map((line) => off(`  ${line}`)),
  ],
  [GROUPS_KEY]: [
    ...comment(LIST_DOCS[GROUPS_KEY]),
    '# process-groups:',
    ...['- name: web', '- name: worker', '  created-machine-count: queue_depth / 20'].map((line) =>
      off(`  ${line}`),
    ),
  ],
  [OVERRIDES_KEY]: [
    ...comment(LIST_DOCS[OVERRIDES_KEY]),
    '# overrides:',
    ...['- apps: my-app-big-*', '  max-machines-per-app: 2000'].map((line) => off(`  ${line}`)),
  ],
};

function settingLines(field: Field, isChosen: boolean): string[] {
  const { isFileOnly, example } = field.meta;
  const line = isFileOnly === true ? `${field.key}: ${example}` : written(field.key, shown(field));
  return [...comment(field.meta.description), isChosen ? line : off(line)];
}

/** Lists on one line, so that every setting is one. */
function written(key: string, value: unknown): string {
  const text = Array.isArray(value) ? `[${value.join(', ')}]` : undefined;
  return text === undefined
    ? stringify({ [key]: value }, { lineWidth: 0 }).trimEnd()
    : `${key}: ${text}`;
}

/** The default or the example as its schema takes it: 5 and not "5". */
function shown(field: Field): unknown {
  const { meta, json } = field;
  const isEmpty = json.default === '' || (Array.isArray(json.default) && json.default.length === 0);
  if (json.default !== undefined && !isEmpty && meta.defaultText === undefined) return json.default;
  const text = CHOSEN.get(field.key) ?? meta.example ?? meta.defaultText ?? '...';
  return coerce(scalar(text, { env: '' }), json);
}

function off(line: string): string {
  return `# ${line}`;
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
