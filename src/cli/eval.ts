import { Command, Option } from 'commander';
import type { Config } from '../config/index.js';
import { formatProblems } from '../config/index.js';
import { literalApps } from '../core/model/policy.js';
import { createMemoryStateStore } from '../state/memory-store.js';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { evaluationOf, hasFailed, type Evaluation } from './evaluation.js';
import { evaluationTable } from './evaluation-table.js';
import { EXIT_ERROR, EXIT_OK, usageError } from './failure.js';
import { load } from './load.js';
import { painter } from './paint.js';
import { untilStopped } from './shutdown.js';
import { collectionWays, connectAll, createLoop } from './wire.js';
import type { CollectionWay } from '../seams/collector.js';
import type { PassReport } from '../seams/events.js';

interface EvalOptions {
  readonly config?: string;
  readonly app?: string;
  readonly all?: boolean;
  readonly table?: boolean;
}

export function evalCommand(context: CliContext, run: Run): Command {
  return new Command('eval')
    .description('Collect the metrics once and print what the expressions want. Scales nothing.')
    .addOption(configOption())
    .addOption(new Option('--app <name>', 'evaluate for this app').conflicts('all'))
    .option('--all', 'evaluate for each app that matches, one line of JSON each')
    .option('--table', 'print a table for people instead of JSON')
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler eval --config fly-autoscaler.yml',
        'fly-autoscaler eval --app my-app-1',
        'fly-autoscaler eval --all | jq -r "[.app, .created.min] | @tsv"',
        'fly-autoscaler eval --all --table',
      ),
    )
    .action((options: EvalOptions) => run(() => evaluate(context, options)));
}

async function evaluate(context: CliContext, options: EvalOptions): Promise<number> {
  const { config, warnings } = load(context, { file: options.config, purpose: 'eval' });
  if (warnings.length > 0) context.stderr.write(`${formatProblems(warnings)}\n`);
  const apps = options.all === true ? null : [appToEvaluate(config, options.app)];
  const { reports, collection } = await passOnce(context, config, apps);
  const [first] = apps ?? [];
  if (first !== undefined && reports.length === 0) {
    throw usageError(`app-name does not match the app "${first}"`, 'it is not scaled at all');
  }
  const evaluated = reports
    // Policies of one app stay in their order.
    .toSorted((a, b) => (a.app === b.app ? 0 : a.app < b.app ? -1 : 1))
    .map((report) => ({ report, evaluation: evaluationOf(report, context.clock, config.zone) }));
  const evaluations = evaluated.map(({ evaluation }) => evaluation);
  context.stdout.write(
    options.table === true
      ? evaluationTable(evaluations, tableWidth(context), painter(context)) + wayLines(collection)
      : json(
          evaluations.map((evaluation) => ({ ...evaluation, collection })),
          apps === null,
        ),
  );
  const isFailed = evaluated.some(({ report, evaluation }) => hasFailed(report, evaluation));
  return isFailed && apps !== null ? EXIT_ERROR : EXIT_OK;
}

/** A pipe has no width; a person who reads it later loses nothing. */
function tableWidth({ stdout }: CliContext): number {
  return stdout.isTerminal ? stdout.size().columns : Number.POSITIVE_INFINITY;
}

type Ways = Readonly<Record<string, CollectionWay>>;

/** A line for each metric: how it is collected. */
function wayLines(ways: Ways): string {
  const lines = Object.entries(ways).map(([metric, { way, why, query }]) => {
    const how = `${metric} is asked for ${WAYS[way]}: ${why}\n`;
    return query === undefined ? how : `${how}  ${query}\n`;
  });
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

const WAYS: Readonly<Record<CollectionWay['way'], string>> = {
  fleet: 'once for the fleet',
  shared: 'once for all',
  'per-app': 'app by app',
};

type EvaluationJson = Evaluation & {
  /** How each metric is collected when the fleet is scaled. */
  readonly collection: Ways;
};

function json(evaluations: readonly EvaluationJson[], isCompact: boolean): string {
  return evaluations
    .map((evaluation) => `${JSON.stringify(evaluation, null, isCompact ? 0 : 2)}\n`)
    .join('');
}

function appToEvaluate(config: Config, named: string | undefined): string {
  if (named !== undefined) return named;
  const literals = config.policies.map(({ apps }) => literalApps(apps));
  const names = [...new Set(literals.flatMap((list) => list ?? []))];
  const [only] = names;
  if (only !== undefined && names.length === 1 && !literals.includes(null)) return only;
  throw usageError(
    'the configuration is for more than one app',
    'give --app NAME for one of them, or --all for each that matches',
  );
}

async function passOnce(
  context: CliContext,
  config: Config,
  apps: readonly string[] | null,
): Promise<{ readonly reports: readonly PassReport[]; readonly collection: Ways }> {
  const warn = (message: string): void => context.stderr.write(`warning: ${message}\n`);
  const connections = connectAll(config, { ...context, warn });
  const recorder = { pass: () => undefined, fleet: () => undefined };
  const loop = createLoop(config, connections, {
    ...context,
    recorder,
    state: createMemoryStateStore(),
  });
  let reports: readonly PassReport[] = [];
  try {
    await untilStopped(context, async ({ signal }) => {
      reports = await loop.passOnce(apps, signal);
    });
    return { reports, collection: collectionWays(connections.collectors) };
  } finally {
    await connections.close();
  }
}
