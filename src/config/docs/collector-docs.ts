/** docs/collectors.md, from what each kind of collector says of itself. */
import { stringify } from 'yaml';
import type { CollectorDefinition, CollectorExample, ExampleSettings } from '../../seams/schema.js';
import { collectorKinds, ownEnvName, type CollectorKind } from '../read/env.js';

/** What an example needs beside its collectors. */
const FLEET = { org: 'my-org', 'app-name': 'my-app-*' };
const COUNT_KEY = 'created-machine-count';

export function collectorDocs(definitions: readonly CollectorDefinition[]): string {
  return `${[INTRODUCTION, ...collectorKinds(definitions).map(section)].join('\n').trimEnd()}\n`;
}

const INTRODUCTION = `<!-- Generated from the schema by "npm run generate". Changes here are lost. -->
# Metric sources

A collector reads one named metric for every app of the fleet; expressions use the metric by that name. Every setting of every source is in
[configuration.md](configuration.md); this page shows complete examples of each source, by environment, as a file, and for \`fly.toml\` with secrets, and says
what its answers mean.

In settings that may differ by app (marked "Per app" there), \`$APP_NAME\` and \`\${APP_NAME}\` stand for the app. Without them the source is
asked once and the answer serves all apps.

What a source gives for an app is one of:

| outcome | when | what follows |
|---|---|---|
| value | the source has a number | it is used |
| empty | the source answered and has none | the metric is nil in expressions; with \`default\` it is that number |
| stale | the newest data is older than \`max-age\` | nothing shrinks on it |
| not a number | NaN or an infinity | nothing shrinks on it |
| error | no answer, a refused or partial one, or one that is not understood | nothing shrinks on it; never \`default\`, never zero |

Each collection has a deadline (\`timeout\`, otherwise the general one). Whoever has no answer by then gets an error; a server that hangs holds up nobody else.

* **Outages.** When a source has failed three times in a row for every app that uses it (not reached, refused, out of time, no answer that
  can be read), it is left alone but for one app each \`interval\`; when that is answered, all apps ask at once. One that is silent for one and a half
  intervals, and for twice as long as it has ever been, is taken to hang before its \`timeout\` is over. So values are back within three
  intervals of the end of an outage. A source that says when to come again (\`Retry-After\`) is left alone until then, a minute at most.
  Meanwhile the apps that use it hold still. The log tells that the source is down, that it still is, and that
  it is back ([logs](logs.md)); \`fas_source_state\` shows it, and \`fas_metric_failing_apps\` counts the apps that it reaches.
* **Slow sources.** Where a source cannot answer for the whole fleet within \`timeout\`, apps that got no answer hear an error, and who has gone without for longest
  is asked first the next time. What was cut off at its deadline gets a quarter of the places for requests the next time: some that always hang are in nobody's way.
* **\`max-requests-per-second\`** limits what a collector sends, where the source asks its users to be modest. For each app to have a value at each tick, the whole
  fleet must fit into \`timeout\`.
* **\`max-answer-size\`** bounds what is read of one answer, where a source is asked by HTTP. A longer answer is an error that names the setting. Long answers are
  read in slices, so that leases are renewed and \`/livez\` answers meanwhile; all that are on their way together take at most some 128 MB.
* **\`max-age\`** is for sources that tell of when their numbers are. Most tell what is there when they are asked, and have no such setting: giving it is an error.
* **Misspelt names.** Where a source tells what does not exist from what is empty, the former is empty or an error, never 0. Where it cannot, the log asks once to
  look, with an example and a count: when nothing has been found under any name of the collector since its start, or under some for a day. It does so too when
  \`default\` stands in for every app. A number that contradicts what else the source says is counted anew, or an error.
* **Packages** of a source are loaded when a collector of its type is configured, and not before.
`;

function section(kind: CollectorKind): string {
  const { docs } = kind.definition;
  const { expression } = docs;
  const notes = docs.notes.map((note) => `* ${note}`);
  return `${[
    `## ${docs.title}\n`,
    `\`type: ${kind.definition.type}\`. ${docs.introduction}\n`,
    heading('Environment', docs.env),
    fenced('sh', envLines(kind, docs.env, expression)),
    heading('File', docs.yaml),
    fenced('yaml', [fileText(kind, docs.yaml, expression)]),
    heading('fly.toml and secrets', docs.fly ?? {}),
    ...flyBlocks(kind, docs.fly ?? docs.env, expression),
    ...(docs.table === undefined ? [] : [tableText(docs.table)]),
    ...notes,
  ].join('\n')}\n`;
}

function heading(form: string, { about }: { readonly about?: string }): string {
  return `${form}${about === undefined ? '' : `, ${about}`}:\n`;
}

function fenced(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join('\n')}\n\`\`\`\n`;
}

function tableText([head = [], ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${row(head)}|${'---|'.repeat(head.length)}\n${rows.map(row).join('')}`;
}

interface EnvEntry {
  readonly name: string;
  readonly value: string;
  readonly isSecret: boolean;
  /** What prints the value. */
  readonly command: string | undefined;
}

/** All of it but the API token. */
function envEntries(
  kind: CollectorKind,
  example: CollectorExample,
  expression: string,
): readonly EnvEntry[] {
  const general = { ...FLEET, [COUNT_KEY]: example.expression ?? expression };
  const fleet = Object.entries(general).map(([key, value]) => ({
    name: `FAS_${key.toUpperCase().replaceAll('-', '_')}`,
    value,
    isSecret: false,
    command: undefined,
  }));
  const own = collectorsOf(example).flatMap((settings, index) =>
    Object.entries(settings).map(([key, value]) => {
      const field = kind.fields.find((candidate) => candidate.key === key);
      if (field === undefined) throw new Error(`${kind.definition.type} has no setting ${key}`);
      const number = index === 0 ? '' : String(index + 1);
      const isSecret = field.meta.isSecret === true;
      const command = kind.definition.docs.secretCommands?.[key];
      return { name: ownEnvName(kind, field, number), value: envText(value), isSecret, command };
    }),
  );
  return [...fleet, ...own];
}

function collectorsOf({ settings }: CollectorExample): readonly ExampleSettings[] {
  return Array.isArray(settings)
    ? (settings as readonly ExampleSettings[])
    : [settings as ExampleSettings];
}

/** Lists with commas, maps line by line. */
function envText(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, text]) => `${name}: ${String(text)}`)
    .join('\n');
}

function envLines(
  kind: CollectorKind,
  example: CollectorExample,
  expression: string,
): readonly string[] {
  const lines = envEntries(kind, example, expression).map(
    ({ name, value }) => `${name}=${shellWord(value)}`,
  );
  return ["FAS_API_TOKEN='FlyV1 fm2_...'", ...lines];
}

/** In quotes where a shell would otherwise read something into it. */
function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return text.includes("'") ? `"${text.replaceAll(/[\\"$`]/g, '\\$&')}"` : `'${text}'`;
}

function fileText(kind: CollectorKind, example: CollectorExample, expression: string): string {
  const { type } = kind.definition;
  const collectors = collectorsOf(example).map((settings) => ({ type, ...settings }));
  const file = {
    ...FLEET,
    [COUNT_KEY]: example.expression ?? expression,
    'metric-collectors': collectors,
  };
  return stringify(file, { lineWidth: 0 }).trimEnd();
}

function flyBlocks(
  kind: CollectorKind,
  example: CollectorExample,
  expression: string,
): readonly string[] {
  const entries = envEntries(kind, example, expression);
  const open = entries.filter(({ isSecret }) => !isSecret);
  const secrets = entries.filter(({ isSecret }) => isSecret);
  // A basic string of TOML has the escapes of JSON.
  const toml = open.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`);
  const token = 'fly secrets set FAS_API_TOKEN="$(fly tokens create org my-org)"';
  const written = ({ value, command }: EnvEntry): string =>
    command === undefined ? shellWord(value) : `"$(${command})"`;
  const set = [token, ...secrets.map((entry) => `${entry.name}=${written(entry)}`)];
  return [fenced('toml', ['[env]', ...toml]), fenced('sh', [set.join(' \\\n  ')])];
}
