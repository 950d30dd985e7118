import { Command } from 'commander';
import type { AppError } from '../core/model/errors.js';
import type { DecisionOutline, RecordedDecision, RecordPages } from '../seams/views.js';
import { replay } from '../record/replay/replay.js';
import { decisionsIn } from '../record/store/index.js';
import { WhatIfs, type WhatIf } from '../record/replay/what-if.js';
import { examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { load } from './load.js';
import { withRecord, withRecordOptions, zoneOf, type RecordOptions } from './record-source.js';
import { formatTime, parseTime, refuseBackwards } from './times.js';
import { plural } from './wording.js';

interface ReplayOptions extends RecordOptions {
  readonly app?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export function replayCommand(context: CliContext, run: Run): Command {
  const command = new Command('replay')
    .description(
      'Compute every stored decision again, and fail on the first that comes out differently; with --config, tell what another configuration would have decided.',
    )
    .option(
      '--config <file>',
      'compare with this configuration instead: the safe way to try a change',
    );
  return withRecordOptions(command)
    .option('--app <name>', 'only this app')
    .option('--from <time>', 'from then on: 02:14, "2h ago", 2026-06-01T02:14:00Z')
    .option('--to <time>', 'up to then')
    .option('--json', 'JSON instead of text')
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler replay --data-dir /data',
        'fly-autoscaler replay --app my-app-17 --from 02:00 --to 03:00',
        'fly-autoscaler replay --config new.yml --from "2d ago"',
      ),
    )
    .action((options: ReplayOptions) =>
      run(() =>
        withRecord(context, options, (record) =>
          options.config === undefined
            ? replayAll(context, record, options)
            : tryConfig(context, record, options, options.config),
        ),
      ),
    );
}

function asked(
  context: CliContext,
  record: RecordPages,
  { app, from, to }: ReplayOptions,
  onDamaged: (decision: DecisionOutline, error: AppError) => void,
): AsyncGenerator<RecordedDecision> {
  const zone = zoneOf(context);
  const nowMs = context.clock.now();
  const sinceMs = from === undefined ? undefined : parseTime(from, nowMs, zone).fromMs;
  const untilMs = to === undefined ? undefined : parseTime(to, nowMs, zone).toMs;
  refuseBackwards(['--from', sinceMs], ['--to', untilMs], zone);
  const query = {
    order: 'oldest-first',
    ...(app === undefined ? {} : { app }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  } as const;
  return decisionsIn(record, query, onDamaged);
}

interface Tally {
  same: number;
  /** Passes that failed before anything was decided. */
  undecided: number;
  /** Decisions of another version that come out differently. */
  differing: number;
  /** Those that are damaged. */
  unreadable: number;
}

async function replayAll(
  context: CliContext,
  record: RecordPages,
  options: ReplayOptions,
): Promise<number> {
  const tally: Tally = { same: 0, undecided: 0, differing: 0, unreadable: 0 };
  const onDamaged = (decision: DecisionOutline, { message }: AppError): void => {
    tally.unreadable += 1;
    tell(context, options, decision, { field: null, why: message });
  };
  for await (const decision of asked(context, record, options, onDamaged)) {
    const result = replay(decision.report);
    if (result.kind === 'same') tally.same += 1;
    else if (result.kind === 'nothing-decided') tally.undecided += 1;
    else {
      const isOurs = decision.engine === context.version;
      const what =
        result.kind === 'impossible'
          ? { field: null, why: result.why }
          : {
              field: result.difference.path,
              stored: result.difference.expected,
              now: result.difference.actual,
            };
      tell(context, options, decision, what);
      if (isOurs) return EXIT_ERROR;
      tally.differing += 1;
    }
  }
  context.stdout.write(
    options.json === true ? `${JSON.stringify(tally)}\n` : `${tallyText(tally)}\n`,
  );
  return tally.unreadable === 0 ? EXIT_OK : EXIT_ERROR;
}

function tell(
  context: CliContext,
  { json }: ReplayOptions,
  { id, app, policy, atMs, engine }: DecisionOutline,
  what: { readonly field: string | null; readonly [key: string]: unknown },
): void {
  if (json === true) {
    const at = new Date(atMs).toISOString();
    context.stdout.write(`${JSON.stringify({ id, app, policy, at, engine, ...what })}\n`);
    return;
  }
  const when = formatTime(atMs, zoneOf(context));
  const by = engine === '' ? '' : `, by version ${engine}`;
  const who = `decision ${id} on ${app}, policy ${policy}, ${when}${by}`;
  const how =
    what.field === null
      ? `cannot be computed again: ${String(what['why'])}`
      : `${what.field} was ${shown(what['stored'])}, and comes out as ${shown(what['now'])}`;
  context.stdout.write(`${who}: ${how}\n`);
}

function shown(value: unknown): string {
  const text = Object.is(value, -0) ? '-0' : (JSON.stringify(value) ?? 'undefined');
  return typeof value === 'number' ? String(text === 'null' ? value : text) : text;
}

const NONE_FITS = 'No decision is recorded that fits.';

function tallyText({ same, undecided, differing, unreadable }: Tally): string {
  if (same + undecided + differing + unreadable === 0) return NONE_FITS;
  const parts = [`${plural(same, 'decision')} computed again, bit for bit the same`];
  if (differing > 0) parts.push(`${differing} of other versions differ`);
  if (undecided > 0) parts.push(`${undecided} failed before anything was decided`);
  if (unreadable > 0) parts.push(`${unreadable} cannot be read`);
  return `${parts.join('; ')}.`;
}

async function tryConfig(
  context: CliContext,
  record: RecordPages,
  options: ReplayOptions,
  file: string,
): Promise<number> {
  const { config } = load(context, { file, purpose: 'validate' });
  const whatIfs = new WhatIfs(config.policies, config.overrides);
  let isDamaged = false;
  const onDamaged = (_: DecisionOutline, { message }: AppError): void => {
    isDamaged = true;
    context.stderr.write(`${message}\n`);
  };
  for await (const decision of asked(context, record, options, onDamaged)) whatIfs.add(decision);
  const results = whatIfs.results();
  const zone = zoneOf(context);
  for (const result of results) {
    context.stdout.write(
      options.json === true ? `${JSON.stringify(result)}\n` : `${whatIfText(result, zone)}\n`,
    );
  }
  if (results.length === 0) context.stderr.write(`${NONE_FITS}\n`);
  return isDamaged ? EXIT_ERROR : EXIT_OK;
}

function whatIfText(result: WhatIf, zone: string): string {
  const { app, outcome, compared, skipped, most, missing } = result;
  if (outcome === 'no-policy') return `${app}: the new configuration has no policy for it`;
  const why = missing.join(', ');
  if (outcome === 'not-enough-data') {
    return `${app}: not enough data${why === '' ? '' : `: ${why}`}`;
  }
  const left = skipped === 0 ? '' : `, ${skipped} not compared${why === '' ? '' : ` (${why})`}`;
  const decisions = `${plural(compared, 'decision')}${left}`;
  if (most === null) return `${app}: same (${decisions})`;
  const { machines, atMs, count, was, wouldBe } = most;
  const when = `most at ${formatTime(atMs, zone)}: ${count} ${was}, would be ${wouldBe}`;
  return `${app}: differs by ${plural(machines, 'machine')} (${when}; ${decisions})`;
}
