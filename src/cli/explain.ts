import { Command } from 'commander';
import type { DecisionQuery, RecordedDecision, RecordPages } from '../seams/views.js';
import { explain } from '../record/explain/explanation.js';
import { decisionsIn, outlinesIn, policiesIn } from '../record/store/index.js';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { explanationText } from './explain-text.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { gapsJson, gapText, jsonLines } from './history.js';
import { withRecord, withRecordOptions, zoneOf, type RecordOptions } from './record-source.js';
import { formatTime, parseTime, type Span } from './times.js';

interface ExplainOptions extends RecordOptions {
  readonly at?: string;
  readonly policy?: string;
  readonly json?: boolean;
}

export function explainCommand(context: CliContext, run: Run): Command {
  const command = new Command('explain')
    .description(
      'Why an app was scaled as it was: values, each step, what was done, and what would have changed it.',
    )
    .argument('<app>', 'name of the app')
    .addOption(configOption());
  return withRecordOptions(command)
    .option(
      '--at <time>',
      'what was decided then: 02:14, "2h ago", 2026-06-01T02:14:00Z (default: now)',
    )
    .option('--policy <name>', 'only of the policy')
    .option('--json', 'one line of JSON for each policy, and for each gap')
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler explain my-app-17 --at 02:14 --data-dir /data',
        'fly-autoscaler explain my-app-17 --policy web --json',
      ),
    )
    .action((app: string, options: ExplainOptions) =>
      run(() =>
        withRecord(context, options, (record) => explainApp(context, record, app, options)),
      ),
    );
}

async function explainApp(
  context: CliContext,
  record: RecordPages,
  app: string,
  options: ExplainOptions,
): Promise<number> {
  const zone = zoneOf(context);
  const nowMs = context.clock.now();
  const span = parseTime(options.at ?? 'now', nowMs, zone);
  const found = await decisionsAt(record, app, options.policy, span);
  const explanations = found.map((decision) => explain(decision));
  if (explanations.length === 0) {
    const when = options.at === undefined ? '' : ` at ${formatTime(span.fromMs, zone)} or before`;
    const by = options.policy === undefined ? '' : ` by policy ${options.policy}`;
    context.stderr.write(`No decision on ${app}${by} is recorded${when}.\n`);
    return EXIT_ERROR;
  }
  const sinceMs = Math.min(...found.map(({ atMs }) => atMs));
  const gaps = await record.gaps({ sinceMs, untilMs: span.toMs });
  if (options.json === true) {
    context.stdout.write(jsonLines([...explanations, ...gapsJson(gaps)]));
    return EXIT_OK;
  }
  const texts = explanations.map((explanation) => explanationText(explanation, nowMs, zone));
  context.stdout.write([...texts, ...gaps.map((gap) => `${gapText(gap, zone)}\n`)].join('\n'));
  return EXIT_OK;
}

/**
 * One for each policy of the app, as of the newest decision up to that time: within the span the one that acted last,
 * else the newest.
 */
async function decisionsAt(
  record: RecordPages,
  app: string,
  named: string | undefined,
  { fromMs, toMs }: Span,
): Promise<readonly RecordedDecision[]> {
  const policies = named === undefined ? await policiesOf(record, app, toMs) : [named];
  const found: RecordedDecision[] = [];
  for (const policy of policies) {
    const asked = { app, policy, untilMs: toMs };
    const acting = await newest(record, { ...asked, sinceMs: fromMs, kinds: ['acts'] });
    const decision = acting ?? (await newest(record, asked));
    if (decision !== null) found.push(decision);
  }
  return found;
}

async function newest(
  record: RecordPages,
  query: Omit<DecisionQuery, 'limit'>,
): Promise<RecordedDecision | null> {
  for await (const decision of decisionsIn(record, { ...query, limit: 1 })) return decision;
  return null;
}

/** So far back policies are looked for: each stores a decision at least every 15 minutes. */
const POLICIES_WITHIN_MS = 60 * 60_000;

async function policiesOf(
  record: RecordPages,
  app: string,
  untilMs: number,
): Promise<readonly string[]> {
  const [last] = await outlinesIn(record, { app, untilMs, limit: 1 });
  if (last === undefined) return [];
  return policiesIn(record, { app, untilMs, sinceMs: last.atMs - POLICIES_WITHIN_MS });
}
