/** What commands need of the process they run in. */
import type { Clock, Random } from '../seams/clock.js';
import type { DamagedFile, Database } from '../seams/database.js';
import type { ConnectHttp } from '../seams/http.js';
import type { CollectorDefinition } from '../seams/schema.js';

export interface TextOutput {
  write(text: string): void;
}

export interface TerminalOutput extends TextOutput {
  readonly isTerminal: boolean;
  /** In characters; 80 by 24 when nobody knows. */
  size(): { readonly columns: number; readonly rows: number };
  /** Calls back when the size changes; returns how to end that. */
  onResize(listener: () => void): () => void;
  /**
   * Calls back for each key, as the terminal sends it, such as `\u001b[A` for the arrow that points up; Ctrl-C is its signal as always.
   * Returns how to end that; null where there is no keyboard.
   */
  onKey(listener: (key: string) => void): (() => void) | null;
}

export interface LastingOptions {
  /** Makes what is missing; called whenever the file was opened. */
  readonly setUp: (database: Database) => void;
  /**
   * Takes over from a damaged file what can still be read; true: all that was in it. What it throws is ignored, unless it is
   * `full` or `busy`: then it is tried again.
   */
  readonly salvage: (damaged: DamagedFile, fresh: Database) => boolean;
  /** For the name of a damaged file. */
  readonly now: () => number;
  /** `isWhole`: as `salvage` said. */
  readonly onMovedAside: (path: string, why: string, isWhole: boolean) => void;
  /** Judges a file that was there before it is opened; false: it is damaged. Default: all are whole that can be opened. */
  readonly isWhole?: (file: DamagedFile) => boolean;
  /** Whether a process wrote to it and did not end that: what it wrote last should be in a log beside it. */
  readonly isUnfinished?: (database: Database) => boolean;
  /** The file can be used, and lacks something that was written. */
  readonly onDoubt?: (database: Database, why: string) => void;
}

/** Local databases; all throw `DatabaseFailure`. */
export interface DataFiles {
  /**
   * To write, made with its directory when there is none. A damaged file does not end it: a new one takes its place, at the
   * start and at any later call, once there is room for what can still be read of it, and it is moved aside. That call
   * still throws. Nor does a full disk: what is in the file can be read, and where it holds nothing yet it is opened by
   * the first call that finds room.
   */
  openLasting(path: string, options: LastingOptions): Database;
  /** To read, beside the process that writes it or without one. */
  openToRead(path: string): Database;
  isDirectory(path: string): boolean;
  /**
   * Makes the folder where there is none, and keeps other processes from the same until `release`, or the end of this one. Throws
   * `busy` when another has it.
   */
  lockFolder(path: string): FolderLock;
}

export interface FolderLock {
  release(): void;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface CliContext {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TerminalOutput;
  readonly stderr: TextOutput;
  /** Throws as `readFileSync` does. */
  readonly readFile: (path: string) => string;
  /** Names in a folder; none when it cannot be read. */
  readonly listFolder: (path: string) => readonly string[];
  /** Who runs the process, and where such files of theirs go that need not last. Null: the system has no users with numbers. */
  readonly user: { readonly id: number; readonly temporaryFolder: string } | null;
  readonly files: DataFiles;
  readonly clock: Clock;
  /** A clock that runs faster from now on. */
  readonly fastClock: (speed: number) => Clock;
  /** One that runs faster where the work of this process can follow. */
  readonly pacedClock: (speed: number) => Clock;
  readonly random: Random;
  readonly connect: ConnectHttp;
  readonly collectors: readonly CollectorDefinition[];
  /** Calls back for each signal; returns how to end that. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /** Calls back for each SIGHUP, which would end the process otherwise; returns how to end that. */
  readonly onHangUp: (listener: () => void) => () => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Names this process among several. */
  readonly instanceName: string;
}

/** A command's work; the number is the exit code. */
export type Run = (work: () => Promise<number>) => Promise<void>;
