/** docs/configuration.md, from the schema. */
import { parse, stringify } from 'yaml';
import type { z } from 'zod';
import type { CollectorDefinition } from '../../seams/schema.js';
import {
  groupEntrySchema,
  LIST_DOCS,
  overrideEntrySchema,
  policyEntrySchema,
} from '../policies/entries.js';
import { collectorKinds, type CollectorKind } from '../read/env.js';
import { defaultText, envNames, fieldsOf, type Field, type JsonNode } from '../base/field.js';
import { DOUBTS } from '../doubts/doubts.js';
import { COUNT_VARIABLES } from '../read/expression.js';
import { daemonSchema, platformSchema, policySchema } from '../schema/settings.js';
import { GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

/** Markdown with every setting of the program and of these collectors. */
export function configDocs(definitions: readonly CollectorDefinition[]): string {
  return `${[
    INTRODUCTION,
    '## What to scale\n',
    table(fieldsOf(policySchema, 'FAS')),
    ...fieldsOf(policySchema, 'FAS').flatMap(nestedSection),
    EXPRESSIONS,
    ...policyDocs(),
    '## The process\n',
    table(fieldsOf(daemonSchema, 'FAS')),
    '## What the platform says\n\nBy environment only.\n',
    platformTable(),
    COLLECTORS,
    ...collectorKinds(definitions).map(collectorSection),
    REFERENCES,
    doubtDocs(),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

const INTRODUCTION = `<!-- Generated from the schema by "npm run generate". Changes here are lost. -->
# Configuration

Settings come from the environment, from a YAML file (\`--config FILE\`), or from both: a key in the file replaces the
environment's value, and a flag replaces both. An empty value in the environment counts as not set. Unknown keys in the
file are errors, unknown \`FAS_\` names are warnings. \`fly-autoscaler validate\` tells everything that is wrong with a
configuration at once and touches no network.

Durations are written as in Go: \`15s\`, \`1m30s\`, \`1.5h\`. Switches are \`true\`, \`false\`, \`1\`, \`0\`, \`yes\` or \`no\`.
Lists are YAML lists or texts with commas. \`examples/config.yaml\` has every key with its default;
\`docs/config.schema.json\` lets an editor check a file while you write.
`;

const EXPRESSIONS = `
Counts are expressions in the [Expr language](https://expr-lang.org/docs/language-definition). They read metrics by
name, and ${COUNT_VARIABLES.map((name) => `\`${name}\``).join(', ')}; a metric of such a name wins. At least one count
is needed. Either the single form, or a minimum and a maximum. All are compiled once, at start: a name that no collector
gives is an error then, and a metric that no expression reads a warning.
`;

function doubtDocs(): string {
  const rows = DOUBTS.map(({ code, level, meaning }) => row([`\`${code}\``, level, meaning]));
  return `
## What is warned of

Beside mistakes, \`fly-autoscaler validate\` tells what is allowed and probably not meant; \`serve\` logs the warnings when it
starts and after a reload. \`validate --strict\` fails on warnings, not on notes; \`validate --json\` gives each with its code.

${row(['code', 'level', 'meaning'])}|---|---|---|
${rows.join('')}`;
}

const COLLECTORS = `
## Metrics

Each collector gives one metric. In the file they are entries of \`metric-collectors\`, each with its \`type\`. In the
environment each kind has a prefix; further ones of a kind carry a number after it: \`FAS_PROMETHEUS_ADDRESS\` belongs to
the first, \`FAS_PROMETHEUS_2_ADDRESS\` to another, whatever the number. A collector exists when any of its required
settings is set. Those of the file are added to those of the environment; for a metric name in both, the file's collector
is used, with a warning.
`;

const LAYERS = `
What stands in a policy takes the place of what the flat keys say, and what stands in an override takes the place of both,
key by key: a list or a map is replaced whole. The single form of a count replaces a minimum and maximum that were given
before, and the reverse. An empty text takes a setting back to its default.

A policy reads its own collectors and the shared ones; where both give a metric of one name, its own is read.

Two policies for the same machines of an app (the same process group, or \`*\` and any other) are an error where that is sure
whatever apps there are. Where it depends on the apps, it is a warning, the first policy counts, and each report of it says
\`policy-overlap\`. An override that can match no app is a warning, at load or once the apps are known.
[Policies](policies.md) has examples, and says how a changed file is taken up while running.
`;

const REFERENCES = `
## References to the environment

| where | \`$NAME\` or \`\${NAME}\` |
|---|---|
| settings in the file | replaced; a name that is not set is an error. \`$$\` is a dollar sign |
| expressions | replaced if it is set; \`$env\` never. If it is not set, an error in the file, left as written in the environment. \`$$\` is a dollar sign. Secrets are refused |
| settings per app (such as queries), in file and environment | \`$APP_NAME\` is the app; another name is replaced if it is set and stays as written if not; \`$$\` stays. Secrets are refused, but where the setting is a secret itself |
| all other settings in the environment | stays as written |

References are resolved in values only, after the file has been read: a value cannot change the structure of the file,
and keys are never touched. Secrets are the settings marked as such, the variables that they refer to, and every \`FAS_\`,
\`FLY_\` or \`TEMPORAL_\` name with \`TOKEN\`, \`KEY\`, \`PASSWORD\` or \`SECRET\` in it.
`;

function policyDocs(): readonly string[] {
  const list = (title: string, key: keyof typeof LIST_DOCS, schema: z.ZodType): string => {
    const rows = fieldsOf(schema, 'FAS').map((field) =>
      row([`\`${field.key}\``, initial(field), meaning(field)]),
    );
    const head = row(['YAML', 'default', 'meaning']);
    return `### ${title}\n\n${LIST_DOCS[key]}\n\n${head}|---|---|---|\n${rows.join('')}`;
  };
  return [
    '\n## Several policies\n\nIn the file only.\n',
    list('`policies`', POLICIES_KEY, policyEntrySchema),
    list('`process-groups`', GROUPS_KEY, groupEntrySchema),
    list('`overrides`', OVERRIDES_KEY, overrideEntrySchema),
    LAYERS.trimStart(),
  ];
}

function collectorSection({ definition, fields }: CollectorKind): string {
  return `### \`type: ${definition.type}\`\n\n${definition.summary}\n\n${table(fields)}`;
}

function table(fields: readonly Field[]): string {
  const rows = fields.map((field) => {
    const names = envNames(field).map((name) => `\`${name}\``);
    return row([`\`${field.key}\``, names.join('<br>'), initial(field), meaning(field)]);
  });
  return `${row(['YAML', 'environment', 'default', 'meaning'])}|---|---|---|---|\n${rows.join('')}`;
}

/** A table of its own for what a map or a list of maps holds. */
function nestedSection(field: Field): readonly string[] {
  if (field.meta.isFileOnly !== true) return [];
  const rows = nestedKeys(field.key, field.json).map(([key, json, isRequired]) =>
    row([`\`${key}\``, nestedDefault(json, isRequired), nestedMeaning(json)]),
  );
  const example = `\`\`\`yaml\n${blockExample(field)}\`\`\`\n`;
  const head = `${row(['key', 'default', 'meaning'])}|---|---|---|\n`;
  return [`### \`${field.key}\`\n\nIn the file only.\n\n${example}\n${head}${rows.join('')}`];
}

type NestedKey = readonly [path: string, json: JsonNode, isRequired: boolean];

function nestedKeys(path: string, json: JsonNode): readonly NestedKey[] {
  const options = json.anyOf ?? json.oneOf ?? [json];
  return options.flatMap(({ properties, additionalProperties, items, required }) => [
    ...Object.entries(properties ?? {}).flatMap(([key, inner]): readonly NestedKey[] => {
      const own = `${path}.${key}`;
      return [[own, inner, required?.includes(key) === true], ...nestedKeys(own, inner)];
    }),
    ...(items === undefined ? [] : nestedKeys(`${path}[]`, items)),
    ...(typeof additionalProperties === 'object'
      ? nestedKeys(`${path}.NAME`, additionalProperties)
      : []),
  ]);
}

function nestedDefault(json: JsonNode, isRequired: boolean): string {
  if (isRequired) return 'required';
  const { default: initial, defaultText: text } = json;
  if (text !== undefined) return `\`${text}\``;
  if (initial === undefined) return '';
  if (Array.isArray(initial)) return 'none';
  return `\`${typeof initial === 'string' ? initial : JSON.stringify(initial)}\``;
}

function nestedMeaning(json: JsonNode): string {
  const { description = '', enum: words, example } = json;
  const choice =
    words === undefined ? '' : `One of ${words.map((word) => `\`${String(word)}\``).join(', ')}.`;
  const shown = example === undefined ? '' : `Example: \`${example}\``;
  return [description, choice, shown].filter((part) => part !== '').join(' ');
}

/** The example, one key a line. */
function blockExample({ key, meta }: Field): string {
  return stringify({ [key]: parse(meta.example ?? 'null') as unknown }, { lineWidth: 0 });
}

function platformTable(): string {
  const rows = fieldsOf(platformSchema, '').map((field) =>
    row([`\`${field.envName}\``, initial(field), meaning(field)]),
  );
  return `${row(['environment', 'default', 'meaning'])}|---|---|---|\n${rows.join('')}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`;
}

function initial(field: Field): string {
  const text = defaultText(field);
  if (text === undefined) return field.isRequired ? 'required' : '';
  // Several words are an explanation, one is a value.
  return text.includes(' ') || text === 'none' ? text : `\`${text}\``;
}

function meaning(field: Field): string {
  const { description, example, isPerApp, isSecret, isFileOnly } = field.meta;
  if (isFileOnly === true) return `${description} [Below](#${field.key}).`;
  return [
    description,
    field.json.enum === undefined ? '' : `One of ${choices(field)}.`,
    isPerApp === true ? 'Per app.' : '',
    isSecret === true ? 'Secret.' : '',
    example === undefined ? '' : `Example: \`${example}\``,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function choices(field: Field): string {
  return (field.json.enum ?? []).map((choice) => `\`${String(choice)}\``).join(', ');
}
