import { Command } from 'commander';
import { formatProblems, type Config } from '../config/index.js';
import { AppError } from '../core/model/errors.js';
import { formatDurationMs } from '../core/time/duration.js';
import type { CountRange, GroupSelector, Policy } from '../core/model/policy.js';
import type { RemovalRules } from '../core/model/removal-rules.js';
import { shownPolicy } from '../record/report/per-policy.js';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { describeRules, type Row } from './describe-rules.js';
import { EXIT_ERROR, EXIT_OK } from './failure.js';
import { inForceText, jsonOf } from './in-force-text.js';
import { configInvalid, indent, tryLoad } from './load.js';
import { plural } from './wording.js';
import { limitOf } from '../core/model/region-limits.js';

export function validateCommand(context: CliContext, run: Run): Command {
  return new Command('validate')
    .description('Check a configuration and print how it is understood. Needs no network.')
    .addOption(configOption())
    .option('--app <name>', 'print each setting in force for this app, and where it comes from')
    .option('--strict', 'fail on warnings too')
    .option('--json', 'print what is found as one JSON object')
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler validate --config fly-autoscaler.yml',
        'fly-autoscaler validate --config fly-autoscaler.yml --strict --json',
        'fly-autoscaler validate --config fly-autoscaler.yml --app my-app-3',
        'FAS_APP_NAME=my-app FAS_CREATED_MACHINE_COUNT=2 fly-autoscaler validate',
      ),
    )
    .action((options: ValidateOptions) => run(async () => validate(context, options)));
}

interface ValidateOptions {
  readonly config?: string;
  readonly app?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

function validate(context: CliContext, options: ValidateOptions): number {
  const result = tryLoad(context, { file: options.config, purpose: 'validate' });
  const isTooDoubtful = options.strict === true && result.warnings.length > 0;
  const inForce = result.ok && options.app !== undefined ? result.settingsOf(options.app) : null;
  if (options.json === true) {
    const isValid = result.ok && !isTooDoubtful;
    context.stdout.write(`${JSON.stringify(jsonOf(result, isValid, inForce), null, 2)}\n`);
    return isValid ? EXIT_OK : EXIT_ERROR;
  }
  if (!result.ok) throw configInvalid(result);
  const { config, warnings, notes } = result;
  const { app } = options;
  const isShownByApp = app !== undefined && inForce !== null;
  context.stdout.write(isShownByApp ? inForceText(app, inForce) : describeConfig(config));
  for (const [found, word] of [
    [warnings, 'warning'],
    [notes, 'note'],
  ] as const)
    if (found.length > 0)
      context.stdout.write(`${plural(found.length, word)}:\n${indent(formatProblems(found))}\n`);
  if (isTooDoubtful) {
    const message = `the configuration has ${plural(warnings.length, 'warning')}`;
    const hint = 'mend what they are about; without --strict it is valid';
    throw new AppError('config-invalid', message, { owner: 'user', hint });
  }
  context.stdout.write('The configuration is valid.\n');
  return EXIT_OK;
}

/** Without secrets. Lines with their ends. */
function describeConfig(config: Config): string {
  const metrics = config.collectors.map(({ key, definition }) => `${key} (${definition.type})`);
  const { overrides } = config;
  const rows: Row[] = [
    ['organization', config.org ?? 'none: every app is named'],
    ...config.policies.flatMap(describePolicy),
    ...overrides.list.map(({ label, keys }): Row => ['override', `${label}: ${keys.join(', ')}`]),
    ['metrics', metrics.length === 0 ? 'none' : metrics.join(', ')],
    ['interval', formatDurationMs(config.intervalMs)],
    ...describeFleetLimits(config),
    [
      'acts',
      config.isDryRun ? 'no: dry run' : `on up to ${plural(config.concurrency, 'app')} at once`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function describeFleetLimits(config: Config): readonly Row[] {
  const { maxMachines, maxCreatesPerMinute, maxRemovalsPerMinute } = config;
  const parts = [
    ...(maxMachines === null ? [] : [`${maxMachines} machines`]),
    ...(maxCreatesPerMinute === null ? [] : [`${maxCreatesPerMinute} creates a minute`]),
    ...(maxRemovalsPerMinute === null ? [] : [`${maxRemovalsPerMinute} removals a minute`]),
  ];
  const limits: Row[] = parts.length === 0 ? [] : [['all apps at most', parts.join(', ')]];
  return config.brake === null ? [...limits, ['fleet brake', 'off']] : limits;
}

function describePolicy(policy: Policy): readonly Row[] {
  const { include, exclude } = policy.apps;
  const apps = [...include, ...exclude.map((pattern) => `!${pattern}`)].join(', ');
  const shown = shownPolicy(policy);
  return [
    ...(shown === undefined ? [] : [['policy', shown] as const]),
    ['apps', apps],
    ['process group', describeGroup(policy.group)],
    ['created machines', describeCreated(policy)],
    ['started machines', describeRange(policy.started)],
    ['new machines', `${policy.initialState}, in ${describeRegions(policy)}`],
    ...describeRemoval(policy.removal),
    ...describeRules(policy),
  ];
}

function describeGroup(group: GroupSelector): string {
  if (group.kind === 'named') return group.name;
  return group.kind === 'all' ? 'all groups as one pool' : 'app, or machines without a group';
}

function describeRange(range: CountRange | null): string {
  if (range === null) return 'left as they are';
  if (range.min === range.max) return range.min.source;
  return `from ${range.min.source} to ${range.max.source}`;
}

function describeCreated({ created, spare }: Policy): string {
  return created === null && spare !== null ? `started ones and ${spare}` : describeRange(created);
}

function describeRegions({ regions, regionLimits }: Policy): string {
  if (regions.length === 0) return 'the region of the cloned machine';
  const shown = regions.map((name) => {
    const { min, max } = limitOf(regionLimits, name);
    if (max === null) return min === 0 ? name : `${name} (at least ${min})`;
    return `${name} (${min} to ${max})`;
  });
  return shown.join(', ');
}

/** Nothing where machines are simply stopped or destroyed. */
function describeRemoval({
  busyMetric,
  drainTimeoutMs,
  scaleIn,
}: RemovalRules): [string, string][] {
  const rows: [string, string][] = [];
  if (busyMetric !== null) {
    const wait =
      drainTimeoutMs === 0 ? '' : `, waited for ${formatDurationMs(drainTimeoutMs)} at most`;
    rows.push(['first to go', `the least busy by ${busyMetric}${wait}`]);
  }
  if (scaleIn === 'suspend') rows.push(['too many started', 'suspended']);
  return rows;
}
