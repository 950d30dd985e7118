/** The record, for commands that ask it: of a file, or of the autoscaler that runs. */
import { Option, type Command } from 'commander';
import { AppError } from '../core/model/errors.js';
import { timeZone } from '../core/time/local-time.js';
import type { RecordPages } from '../seams/views.js';
import type { CliContext } from './context.js';
import {
  readControlSettings,
  urlOption,
  withControl,
  type ControlPlace,
} from './control-client.js';
import { usageError } from './failure.js';
import { withRecordFile } from './record-file.js';
import { runningRecord } from './running-record.js';

export interface RecordOptions extends ControlPlace {
  readonly dataDir?: string;
}

/** What all commands take that ask the record. */
export function withRecordOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--data-dir <path>',
        'where the record is: a directory or a file (default: FAS_DATA_DIR; without it the autoscaler that runs is asked)',
      ),
    )
    .addOption(urlOption().conflicts('dataDir'));
}

/** The zone in which times are shown and read: that of the process, UTC unless TZ says another. */
export function zoneOf({ env }: Pick<CliContext, 'env'>): string {
  const given = env['TZ'];
  const zone = given === undefined || given === '' ? 'UTC' : given;
  try {
    timeZone(zone);
    return zone;
  } catch {
    throw usageError(`TZ is no time zone: ${zone}`, 'an IANA name such as Europe/Berlin');
  }
}

/** Calls back with the record, and closes it. */
export async function withRecord<T>(
  context: CliContext,
  options: RecordOptions,
  work: (record: RecordPages) => Promise<T>,
): Promise<T> {
  const { url, config } = options;
  const overControl = (): Promise<T> =>
    withControl(context, options, (client) => work(runningRecord(client)));
  if (url !== undefined) return overControl();
  const dataDir = options.dataDir ?? readControlSettings(context, config).dataDir;
  if (dataDir !== null) return withRecordFile(context, dataDir, work);
  try {
    return await overControl();
  } catch (error) {
    throw error instanceof AppError && error.code === 'control-unreachable'
      ? neitherOf(error)
      : error;
  }
}

function neitherOf(cause: AppError): AppError {
  return new AppError('control-unreachable', `no data directory is given, and ${cause.message}`, {
    owner: 'user',
    hint: `give --data-dir, or set FAS_DATA_DIR as for serve; without it the record lasts as long as serve runs: ${cause.hint ?? ''}`,
    cause,
  });
}
