import { Command, Option } from 'commander';
import type { Brakes, Released } from '../server/api/brake-endpoints.js';
import type { BrakeJson } from '../server/api/render.js';
import { examples } from './arguments.js';
import type { CliContext, Run } from './context.js';
import { withControl, withControlOptions, type ControlOptions } from './control-client.js';
import { EXIT_OK } from './failure.js';
import { painter } from './paint.js';
import { renderTable, type Cell, type Column } from './table.js';
import { formatMoment } from './wording.js';

interface BrakeOptions extends ControlOptions {
  /** The metric. */
  readonly release?: string;
}

export function brakeCommand(context: CliContext, run: Run): Command {
  const command = new Command('brake')
    .description('Show the fleet brake of each metric, or release one.')
    .addOption(new Option('--release <metric>', 'let what reads this metric shrink again'));
  return withControlOptions(command)
    .addHelpText(
      'after',
      examples('fly-autoscaler brake', 'fly-autoscaler brake --release queue_depth'),
    )
    .action((options: BrakeOptions) => run(() => brake(context, options)));
}

async function brake(context: CliContext, options: BrakeOptions): Promise<number> {
  const { release, json } = options;
  const write = (text: string): void => context.stdout.write(text);
  await withControl(context, options, async (client) => {
    if (release !== undefined) {
      const path = `/brake/${encodeURIComponent(release)}/release`;
      const answer = await client.post<Released>(path, {});
      if (json === true) {
        write(`${JSON.stringify(answer)}\n`);
        return;
      }
      write(`${answer.isReleased ? `Released ${release}.` : `${release} was not on.`}\n\n`);
    }
    const all = await client.get<Brakes>('/brake');
    write(json === true ? `${JSON.stringify(all)}\n` : describe(all.brakes, context));
  });
  return EXIT_OK;
}

const COLUMNS: readonly Column[] = [
  { title: 'METRIC', minWidth: 12, rank: 1 },
  { title: 'BRAKE', minWidth: 5, rank: 0 },
  { title: 'SINCE', minWidth: 17, rank: 2 },
  { title: 'COULD SHRINK', minWidth: 12, rank: 0, align: 'right' },
  { title: 'FELL', minWidth: 4, rank: 0, align: 'right' },
];

function describe(brakes: readonly BrakeJson[], context: CliContext): string {
  if (brakes.length === 0) return 'No fleet brake is on: no decision has read a metric yet.\n';
  const rows = brakes.map(({ metric, isOn, since, apps, fallen }): Cell[] => [
    { text: metric },
    { text: isOn ? 'on' : 'off', tone: isOn ? 'bad' : 'plain' },
    { text: since === null ? '-' : formatMoment(Date.parse(since)) },
    { text: String(apps) },
    { text: String(fallen) },
  ]);
  const { columns } = context.stdout.size();
  return `${renderTable(COLUMNS, rows, columns, painter(context)).join('\n')}\n`;
}
