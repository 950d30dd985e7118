import { Command, InvalidArgumentError, Option } from 'commander';
import type { Action, CountProposal } from '../core/model/decision.js';
import { REASON_CODES, type ReasonCode } from '../core/model/reason.js';
import type { DecisionOutline, DecisionQuery, RecordGap, RecordPages } from '../seams/views.js';
import { didYouMean } from '../config/index.js';
import { decisionJson } from '../core/model/decision-json.js';
import { outlinesIn } from '../record/store/index.js';
import { VERBS } from '../record/report/verb.js';
import { causeOf, describeOutcomes, stateOf } from '../record/view/view.js';
import { gapJson } from '../server/api/decision-endpoints.js';
import { configOption, examples, wholeNumber } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { EXIT_OK } from './failure.js';
import { painter } from './paint.js';
import { withRecord, withRecordOptions, zoneOf, type RecordOptions } from './record-source.js';
import { renderTable, type Cell, type Column } from './table.js';
import { formatTime, parseTime, refuseBackwards, type Span } from './times.js';

interface HistoryOptions extends RecordOptions {
  readonly since?: string;
  readonly until?: string;
  readonly action?: Action['kind'];
  readonly reason?: ReasonCode;
  readonly policy?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly json?: boolean;
}

export function historyCommand(context: CliContext, run: Run): Command {
  const command = new Command('history')
    .description('What was decided and done, newest first, from the record that serve writes.')
    .argument('[app]', 'only this app')
    .addOption(configOption());
  return withRecordOptions(command)
    .option('--since <time>', 'from then on: 02:14, "2h ago", 2026-06-01T02:14:00Z')
    .option('--until <time>', 'up to then')
    .addOption(
      new Option('--action <kind>', 'only with an action of the kind').choices(Object.keys(VERBS)),
    )
    .option('--reason <code>', 'only with the reason, such as capped', reasonCode)
    .option('--policy <name>', 'only of the policy')
    .option('--limit <n>', 'at most so many', wholeNumber(1), 50)
    .option('--all', 'also those that are stored every 15 minutes although nothing is new')
    .option('--json', 'one line of JSON for each, and for each gap')
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler history --data-dir /data',
        'fly-autoscaler history my-app-17 --since 02:00 --until 03:00',
        'fly-autoscaler history --action destroy --since "2d ago" --json',
      ),
    )
    .action((app: string | undefined, options: HistoryOptions) =>
      run(() => {
        // Before the record is opened: what cannot be meant is said first.
        const times = timesOf(context, options);
        return withRecord(context, options, (record) =>
          history(context, record, app, { ...options, ...times }),
        );
      }),
    );
}

function reasonCode(text: string): ReasonCode {
  const known = REASON_CODES.find((code) => code === text);
  if (known !== undefined) return known;
  const near = didYouMean(text, REASON_CODES);
  const begins = REASON_CODES.filter((code) => code.startsWith(text));
  const meant = near ?? (begins.length === 0 ? undefined : `did you mean ${begins.join(' or ')}?`);
  throw new InvalidArgumentError(
    `It must be a code from docs/reasons.md, such as at-target${meant === undefined ? '.' : `: ${meant}`}`,
  );
}

interface Times {
  readonly since: Span | null;
  readonly until: Span | null;
}

function timesOf(context: CliContext, { since, until }: HistoryOptions): Times {
  const zone = zoneOf(context);
  const nowMs = context.clock.now();
  const parse = (text: string | undefined): Span | null =>
    text === undefined ? null : parseTime(text, nowMs, zone);
  const times = { since: parse(since), until: parse(until) };
  refuseBackwards(['--since', times.since?.fromMs], ['--until', times.until?.toMs], zone);
  return times;
}

async function history(
  context: CliContext,
  record: RecordPages,
  app: string | undefined,
  options: Omit<HistoryOptions, keyof Times> & Times,
): Promise<number> {
  const zone = zoneOf(context);
  const { since, until, action, reason, policy, limit } = options;
  const query: DecisionQuery = {
    limit,
    ...(app === undefined ? {} : { app }),
    ...(since === null ? {} : { sinceMs: since.fromMs }),
    ...(until === null ? {} : { untilMs: until.toMs }),
    ...(action === undefined ? {} : { action }),
    ...(reason === undefined ? {} : { reason }),
    ...(policy === undefined ? {} : { policy }),
    ...(options.all === true ? {} : { kinds: ['acts', 'changed'] as const }),
  };
  const decisions = await outlinesIn(record, query);
  const isWhole = decisions.length < limit;
  const gaps = await record.gaps({
    sinceMs: isWhole ? (since?.fromMs ?? 0) : (decisions.at(-1)?.atMs ?? 0),
    ...(until === null ? {} : { untilMs: until.toMs }),
  });
  context.stdout.write(
    options.json === true
      ? jsonLines([...decisions.map((decision) => decisionJson(decision)), ...gapsJson(gaps)])
      : historyText(context, decisions, gaps, zone, isWhole),
  );
  return EXIT_OK;
}

/** Counts that are cut off would be others. A row without a reason says little: what was done gives way to it. */
const COLUMNS: readonly Column[] = [
  { title: 'TIME', minWidth: 19, rank: 0 },
  { title: 'APP', minWidth: 10, rank: 1 },
  { title: 'POLICY', minWidth: 6, rank: 4 },
  { title: 'MACHINES', minWidth: Number.POSITIVE_INFINITY, rank: 0 },
  { title: 'DONE', minWidth: 20, rank: 3 },
  { title: 'WHY', minWidth: 24, rank: 2 },
];

function historyText(
  context: CliContext,
  decisions: readonly DecisionOutline[],
  gaps: readonly RecordGap[],
  zone: string,
  isWhole: boolean,
): string {
  const { stdout } = context;
  const width = stdout.isTerminal ? stdout.size().columns : Number.POSITIVE_INFINITY;
  const policies = new Set(decisions.map(({ policy }) => policy));
  const columns = COLUMNS.filter(({ title }) => title !== 'POLICY' || policies.size > 1);
  const rows = decisions.map((decision) => {
    const cells: Record<string, Cell> = {
      TIME: { text: formatTime(decision.atMs, zone), tone: 'faint' },
      APP: { text: decision.app },
      POLICY: { text: decision.policy },
      MACHINES: { text: machinesText(decision) },
      DONE: { text: describeOutcomes(decision.outcomes) || '-' },
      WHY: { text: decision.outcomes.length > 0 ? causeOf(decision) : stateOf(decision) },
    };
    return columns.map(({ title }) => cells[title] ?? { text: '' });
  });
  const lines =
    decisions.length === 0
      ? ['No decision is recorded that fits.']
      : renderTable(columns, rows, width, painter(context));
  const more = isWhole ? [] : [`There may be more: the limit is ${decisions.length}.`];
  return `${[...lines, ...more, ...gaps.map((gap) => gapText(gap, zone))].join('\n')}\n`;
}

export function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** Beside decisions it must be seen what they are. */
export function gapsJson(gaps: readonly RecordGap[]): readonly object[] {
  return gaps.map((gap) => ({ gap: gapJson(gap) }));
}

export function gapText({ fromMs, toMs, lost, why }: RecordGap, zone: string): string {
  const count = lost === null ? '' : `, ${lost} decisions`;
  return `Gap from ${formatTime(fromMs, zone)} to ${formatTime(toMs, zone)}${count}: ${why}`;
}

/** "3 -> 9", or "3" when nothing changes; both counts where the policy has both. */
function machinesText({ proposal }: DecisionOutline): string {
  if (proposal === null) return '-';
  const { created, started } = proposal;
  const parts = [
    created === null ? [] : [changeText(created)],
    started === null ? [] : [`${changeText(started)} run`],
  ].flat();
  return parts.length === 0 ? '-' : parts.join(', ');
}

function changeText({ current, wanted }: CountProposal): string {
  return current === wanted ? String(current) : `${current} -> ${wanted}`;
}
