import { Command } from 'commander';
import { formatProblems, type Config } from '../config/index.js';
import { formatDurationMs } from '../core/time/duration.js';
import type { CountRange, GroupSelector, Policy } from '../core/model/policy.js';
import type { RemovalRules } from '../core/model/removal-rules.js';
import { shownPolicy } from '../record/report/per-policy.js';
import { configOption, examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { EXIT_OK } from './failure.js';
import { indent, load } from './load.js';
import { plural } from './wording.js';
import { limitOf } from '../core/model/region-limits.js';

export function validateCommand(context: CliContext, run: Run): Command {
  return new Command('validate')
    .description('Check a configuration and print how it is understood. Needs no network.')
    .addOption(configOption())
    .addHelpText(
      'after',
      examples(
        'fly-autoscaler validate --config fly-autoscaler.yml',
        'FAS_APP_NAME=my-app FAS_CREATED_MACHINE_COUNT=2 fly-autoscaler validate',
      ),
    )
    .action((options: { readonly config?: string }) =>
      run(async () => {
        const loaded = load(context, { file: options.config, purpose: 'validate' });
        context.stdout.write(describeConfig(loaded.config));
        if (loaded.warnings.length > 0) {
          const count = plural(loaded.warnings.length, 'warning');
          context.stdout.write(`${count}:\n${indent(formatProblems(loaded.warnings))}\n`);
        }
        context.stdout.write('The configuration is valid.\n');
        return EXIT_OK;
      }),
    );
}

/** Without secrets. Lines with their ends. */
function describeConfig(config: Config): string {
  const metrics = config.collectors.map(({ key, definition }) => `${key} (${definition.type})`);
  const { overrides } = config;
  const rows: [string, string][] = [
    ['organization', config.org ?? 'none: every app is named'],
    ...config.policies.flatMap(describePolicy),
    ...overrides.list.map(({ label }): [string, string] => ['override', label]),
    ['metrics', metrics.length === 0 ? 'none' : metrics.join(', ')],
    ['interval', formatDurationMs(config.intervalMs)],
    [
      'acts',
      config.isDryRun ? 'no: dry run' : `on up to ${plural(config.concurrency, 'app')} at once`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function describePolicy(policy: Policy): [string, string][] {
  const { include, exclude } = policy.apps;
  const apps = [...include, ...exclude.map((pattern) => `!${pattern}`)].join(', ');
  const shown = shownPolicy(policy);
  return [
    ...(shown === undefined ? [] : [['policy', shown] as [string, string]]),
    ['apps', apps],
    ['process group', describeGroup(policy.group)],
    ['created machines', describeCreated(policy)],
    ['started machines', describeRange(policy.started)],
    ['new machines', `${policy.initialState}, in ${describeRegions(policy)}`],
    ...describeRemoval(policy.removal),
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
