/** Plausible mistakes and what the program answers: docs/messages.md is made of them. */
import { runCli } from '../cli/program.js';
import { aCliContext } from './cli-context.js';

export interface Mistake {
  /** What somebody did, in a few words. */
  readonly what: string;
  /** Lines that are put in place of those of a good file with the same key; null: no file. Several keys may be given. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: `validate --config fas.yml`. */
  readonly args?: readonly string[];
}

const GOOD = {
  org: 'org: my-org',
  'app-name': 'app-name: my-app-*',
  'created-machine-count': 'created-machine-count: ceil(queue / 5)',
  'metric-collectors': `metric-collectors:
  - type: prometheus
    metric-name: queue
    address: https://api.fly.io/prometheus/my-org
    token: abcdefgh
    query: sum(queue_depth{app="$APP_NAME"})`,
};

/** The good file with the mistake in it. */
export function fileOf({ file }: Mistake): string {
  const text = file ?? '';
  const written = new Set([...text.matchAll(/^ ?([\w-]+):/gm)].map(([, key]) => key));
  const rest = Object.entries(GOOD).filter(([key]) => !written.has(key));
  return `${[...rest.map(([, line]) => line), text].join('\n').trimEnd()}\n`;
}

export interface Answer {
  readonly code: number;
  readonly text: string;
}

export async function answerTo(mistake: Mistake): Promise<Answer> {
  const { context, out, err } = aCliContext({
    files: { 'fas.yml': fileOf(mistake) },
    env: { FAS_API_TOKEN: 'FlyV1 fm2_token', ...mistake.env },
  });
  const code = await runCli(mistake.args ?? ['validate', '--config', 'fas.yml'], context);
  return { code, text: (err() || out()).trimEnd() };
}

export const MISTAKES: readonly Mistake[] = [
  { what: 'a key is misspelled', file: 'creatd-machine-count: queue / 5' },
  { what: 'a key is written with underscores', file: 'app_name: my-app-*' },
  { what: 'a key is written in camel case', file: 'appName: my-app-*' },
  {
    what: 'a list is misspelled',
    file: 'metrics-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: https://a\n    query: up\nmetric-collectors: []',
  },
  { what: 'a key is given twice', file: 'interval: 15s\ninterval: 30s' },
  {
    what: 'a key is given twice in a collector',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    metric-name: lag\n    address: https://a\n    query: up',
  },
  { what: 'one line is indented by a blank too many', file: 'interval: 15s\n timeout: 10s' },
  {
    what: 'a collector is indented by one too few',
    file: 'metric-collectors:\n  - type: prometheus\n   metric-name: queue\n    address: https://a\n    query: up',
  },
  {
    what: 'the keys of a collector are not indented',
    file: 'metric-collectors:\n  - type: prometheus\n  metric-name: queue\n  address: https://a\n  query: up',
  },
  { what: 'a tab indents', file: 'metric-collectors:\n\t- type: prometheus' },
  { what: 'there is no blank after the colon', file: 'interval:15s' },
  { what: 'a quote is not closed', file: 'created-machine-count: "queue / 5' },
  { what: 'a wildcard begins a value without quotes', file: 'app-name: *-worker' },
  { what: 'days are a unit of time', file: 'interval: 1d' },
  { what: 'an interval has no unit', file: 'interval: 15' },
  { what: 'an interval is written in words', file: 'interval: 15 seconds' },
  { what: 'an interval is negative', file: 'interval: -15s' },
  { what: 'minutes are written min', file: 'timeout: 5min' },
  { what: 'a metric is misspelled', file: 'created-machine-count: quue / 5' },
  { what: 'a metric has a dash in its name', file: 'created-machine-count: queue-depth / 5' },
  { what: 'ceiling in place of ceil', file: 'created-machine-count: ceiling(queue / 5)' },
  { what: 'a method of another language', file: 'created-machine-count: Math.ceil(queue / 5)' },
  { what: 'one = in a comparison', file: 'created-machine-count: "queue = 5 ? 1 : 2"' },
  { what: 'if in place of the ternary', file: 'created-machine-count: if queue > 5 then 2 else 1' },
  { what: 'a bracket is missing', file: 'created-machine-count: ceil(queue / 5' },
  { what: 'an expression is a text', file: 'created-machine-count: \'"five"\'' },
  { what: 'a comparison in place of a count', file: 'created-machine-count: queue > 5' },
  { what: 'max without its second argument', file: 'created-machine-count: max()' },
  { what: 'two slashes in place of one', file: 'created-machine-count: queue // 5' },
  { what: 'a division by zero', file: 'created-machine-count: queue / 0' },
  { what: 'an interval in a unit that is too small', file: 'interval: 15ms' },
  {
    what: 'both the count and its bounds',
    file: 'created-machine-count: queue / 5\nmin-created-machine-count: 1',
  },
  { what: 'a minimum alone', file: 'created-machine-count: ""\nmin-created-machine-count: 1' },
  { what: 'no count at all', file: 'created-machine-count: ""' },
  { what: 'no organization for a wildcard', file: 'org: ""' },
  { what: 'no app', file: 'app-name: ""' },
  { what: 'no collector', file: 'metric-collectors: []' },
  {
    what: 'a collector without a type',
    file: 'metric-collectors:\n  - metric-name: queue\n    address: https://a\n    query: up',
  },
  {
    what: 'a collector of an unknown type',
    file: 'metric-collectors:\n  - type: prometeus\n    metric-name: queue',
  },
  {
    what: 'a collector without its name',
    file: 'metric-collectors:\n  - type: prometheus\n    address: https://a\n    query: up',
  },
  {
    what: 'an address without https',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: api.fly.io/prometheus/my-org\n    query: up',
  },
  {
    what: 'a query that does not parse',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: https://a\n    query: sum(queue{app="$APP_NAME"}',
  },
  {
    what: 'two collectors of one name',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: https://a\n    query: up\n  - type: prometheus\n    metric-name: queue\n    address: https://b\n    query: up',
  },
  {
    what: 'a Redis list without its key',
    file: 'metric-collectors:\n  - type: redis\n    metric-name: queue\n    url: redis://cache',
  },
  {
    what: 'an environment variable that is not set',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: $PROMETHEUS_URL\n    query: up',
  },
  {
    what: 'a query that does not name the app',
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: https://a\n    query: sum(queue_depth)',
  },
  {
    what: "no token for Fly's Prometheus",
    file: 'metric-collectors:\n  - type: prometheus\n    metric-name: queue\n    address: https://api.fly.io/prometheus/my-org\n    query: sum(queue_depth{app="$APP_NAME"})',
  },
  { what: 'a region that Fly does not have', file: 'regions: [iad, fre]' },
  { what: 'regions as a text with blanks', file: 'regions: iad ord' },
  { what: 'a number with a unit', file: 'max-create-per-pass: 5 machines' },
  { what: 'a negative number', file: 'max-create-per-pass: -1' },
  { what: 'yes with a capital where a switch is wanted', file: 'dry-run: maybe' },
  { what: 'an unknown word for a choice', file: 'scale-in: destroy' },
  {
    what: 'a schedule with six fields',
    file: 'schedules:\n  - from: 0 0 8 * * *\n    to: 0 18 * * *\n    min: 5',
  },
  { what: 'a policy without a name', file: 'policies:\n  - created-machine-count: queue / 5' },
  {
    what: 'two policies of one name',
    file: 'policies:\n  - { name: web, created-machine-count: queue }\n  - { name: web, created-machine-count: queue }',
  },
  { what: 'policies as a map', file: 'policies:\n  web: { created-machine-count: queue }' },
  { what: 'a misspelled variable of the environment', env: { FAS_INTERVALL: '15s' } },
  { what: 'a bad value in the environment', env: { FAS_INTERVAL: '15' } },
  { what: 'a port alone as the address to listen on', file: 'listen: "99999"' },
  { what: 'a file that does not exist', args: ['validate', '--config', 'fas.yaml'] },
  { what: 'an unknown command', args: ['valdate'] },
  { what: 'an unknown option', args: ['validate', '--confg', 'fas.yml'] },
  { what: 'pause without an app', args: ['pause'] },
  {
    what: 'pause until a time of day that nobody can know',
    args: ['pause', 'my-app-1', '--until', 'tomorrow'],
  },
  {
    what: 'pause until a time in the past',
    args: ['pause', 'my-app-1', '--until', '2020-01-01T00:00Z'],
  },
  { what: 'pause for a number without a unit', args: ['pause', 'my-app-1', '--for', '30'] },
  { what: 'two modes of a pause', args: ['pause', 'my-app-1', '--in', '--at', '3'] },
  {
    what: 'history since a time that is none',
    args: ['history', '--since', 'yesterday', '--data-dir', '/nowhere'],
  },
  {
    what: 'history with an unknown reason',
    args: ['history', '--reason', 'cap', '--data-dir', '/nowhere'],
  },
  { what: 'a record that is not there', args: ['history', '--data-dir', '/nowhere'] },
];

/** docs/messages.md: each mistake with its answer. */
export async function messagesDocs(): Promise<string> {
  const sections: string[] = [];
  for (const mistake of MISTAKES) sections.push(await sectionOf(mistake));
  return [
    '# Mistakes and answers',
    '',
    'What the program says to mistakes that people make. Where a file is shown, its lines stand in an otherwise good `fas.yml`, which',
    '`fly-autoscaler validate --config fas.yml` reads. Exit code 1 is for what is wrong with a configuration or could not be done, 2 for a command',
    'line that cannot be meant. `npm run generate` writes this page by running each.',
    '',
    ...sections,
  ].join('\n');
}

async function sectionOf(mistake: Mistake): Promise<string> {
  const { what, file, env, args } = mistake;
  const { code, text } = await answerTo(mistake);
  const input =
    args !== undefined
      ? block('sh', `fly-autoscaler ${args.map(quoted).join(' ')}`)
      : env !== undefined
        ? block(
            'sh',
            Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
          )
        : block('yaml', file ?? '');
  const title = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  const end = code === 0 ? 'It goes on:' : `Exit code ${code}:`;
  return [`## ${title}`, '', ...input, '', end, '', ...block('text', text), ''].join('\n');
}

function block(language: string, text: string | readonly string[]): string[] {
  return [`\`\`\`${language}`, ...[text].flat(), '```'];
}

function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `"${word}"`;
}
