/** State and record: in a file of the data directory, or in memory. */
import path from 'node:path';
import { AppError } from '../core/model/errors.js';
import { DatabaseFailure, type Database } from '../seams/database.js';
import type { RecordReader } from '../seams/views.js';
import {
  createMemoryBackend,
  createRecordReader,
  createRecording,
  createSqliteBackend,
  isRecordOpen,
  setUpRecord,
  type Backend,
  type RecordStats,
  type RecordTrouble,
} from '../record/store/index.js';
import {
  createSqliteStateStore,
  isStateWhole,
  noteLoss,
  salvageState,
  setUpState,
  stateBytes,
} from '../state/sqlite-store.js';
import type { CliContext, DataFiles, FolderLock } from './context.js';
import type { StateStore } from '../seams/store.js';
import type { Recorder } from '../seams/events.js';

/** In the data directory. */
export const DATA_FILE = 'fly-autoscaler.db';

export interface Data {
  /** Null: nothing was asked to last. */
  readonly state: StateStore | null;
  readonly recorder: Recorder;
  readonly reader: RecordReader;
  readonly stats: () => RecordStats;
  /** Writes what waits, and closes the file. */
  close(): Promise<void>;
}

export interface DataLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export interface DataOptions {
  readonly dataDir: string | null;
  readonly recordMaxBytes: number;
  readonly configHash: () => string;
}

/** Throws `state-unwritable` when the directory cannot be used. */
export function openData(
  context: Pick<CliContext, 'clock' | 'files' | 'version'>,
  options: DataOptions,
  log: DataLog,
): Data {
  const { clock, version: engine } = context;
  const { dataDir, configHash } = options;
  const folder = dataDir === null ? null : lockedFolder(context.files, dataDir);
  const doubt = { isUnwritten: false };
  const database = dataDir === null ? null : openFile(context, dataDir, folder, doubt, log);
  const backend: Backend =
    database === null
      ? createMemoryBackend()
      : createSqliteBackend(database, {
          maxBytes: options.recordMaxBytes,
          otherBytes: () => stateBytes(database),
          now: () => clock.now(),
          onGap: (gap) => log.warn(gap, 'the record has a gap'),
        });
  if (database !== null) begin(backend, database.path, log);
  const recording = createRecording({
    clock,
    backend,
    engine,
    configHash,
    onTrouble: (trouble) => tell(log, trouble),
  });
  const state =
    database &&
    createSqliteStateStore(
      database,
      clock,
      (key) =>
        log.error({ file: database.path, key }, 'a value of the state is damaged and left out'),
      doubt.isUnwritten,
    );
  return {
    state,
    recorder: recording.recorder,
    reader: createRecordReader(backend, clock),
    stats: () => recording.stats(),
    async close() {
      await Promise.all([recording.close(), state?.close()]);
      database?.close();
      folder?.release();
    },
  };
}

/** Before anything is written. Null: there is no room for the lock, nor for anything else; that keeps nobody from scaling. */
function lockedFolder(files: DataFiles, dataDir: string): FolderLock | null {
  try {
    return files.lockFolder(dataDir);
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
    if (error.kind === 'full') return null;
    if (error.kind !== 'busy') throw unusable(dataDir, error);
    throw new AppError('state-unwritable', `${dataDir} is in use by another autoscaler`, {
      owner: 'user',
      hint: 'end the other one, or give each a directory of its own with FAS_DATA_DIR',
      cause: error,
    });
  }
}

/** `doubt`: noted there when the file cannot be made to say that something is missing. */
function openFile(
  { files, clock }: Pick<CliContext, 'clock' | 'files'>,
  dataDir: string,
  folder: FolderLock | null,
  doubt: { isUnwritten: boolean },
  log: DataLog,
): Database {
  const file = path.join(dataDir, DATA_FILE);
  try {
    return files.openLasting(file, {
      setUp: (opened) => {
        setUpState(opened);
        setUpRecord(opened);
      },
      salvage: salvageState,
      now: () => clock.now(),
      onMovedAside: (aside, why, isWhole) => {
        const state = isWhole ? 'all of it was taken over' : 'what could be read was taken over';
        const fields = { file, aside, detail: why, state };
        log.error(fields, 'the data file is damaged: a new one is begun');
      },
      isWhole: isStateWhole,
      isUnfinished: isRecordOpen,
      onDoubt(opened, why) {
        log.error({ file, detail: why }, 'what was written last to the data file is missing');
        try {
          noteLoss(opened);
        } catch {
          doubt.isUnwritten = true;
        }
      },
    });
  } catch (error) {
    folder?.release();
    throw unusable(file, error);
  }
}

/** A disk that is full now does not keep the fleet from being scaled. */
function begin(backend: Backend, file: string, log: DataLog): void {
  try {
    backend.write(() => undefined);
  } catch (error) {
    if (!(error instanceof DatabaseFailure) || error.kind === 'unwritable') {
      throw unusable(file, error);
    }
    const hint =
      'make room on the disk that data-dir is on: until then nothing is recorded, and apps that have limits or budgets grow but do not shrink';
    log.error({ file, detail: error.message, hint }, 'the data file cannot be written');
  }
}

function unusable(file: string, error: unknown): unknown {
  if (!(error instanceof DatabaseFailure)) return error;
  return new AppError('state-unwritable', `${file} cannot be used: ${error.message}`, {
    owner: 'user',
    hint: 'data-dir must name a directory that this process may write to, on a disk with room',
    cause: error,
  });
}

function tell(log: DataLog, trouble: RecordTrouble): void {
  if (trouble.kind === 'gap-begun') {
    log.warn({ detail: trouble.why }, 'decisions cannot be recorded');
  } else {
    log.info(trouble.gap, 'decisions are recorded again');
  }
}
