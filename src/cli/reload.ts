/** Takes up a changed configuration while running. One that has a mistake changes nothing. */
import { isDeepStrictEqual } from 'node:util';
import type { Config, Problem } from '../config/index.js';
import { AppError, toAppError } from '../core/model/errors.js';
import type { Logger } from '../record/log/logger.js';
import type { CliContext } from './context.js';
import { readConfigFile, type Loaded } from './load.js';
import type { Recorder } from '../seams/events.js';

/** A change is taken up when the file has been the same for so long: editors write in several steps. */
const LOOK_EVERY_MS = 2000;

export interface ReloadOptions {
  readonly context: Pick<CliContext, 'clock' | 'readFile' | 'onHangUp'>;
  readonly path: string;
  readonly log: Logger;
  readonly recorder: Recorder;
  /** Throws `config-invalid` with all that is wrong. */
  readonly load: (text: string) => Loaded;
  /** Works by it from now on; resolves when nothing uses the earlier one any more. */
  readonly adopt: (config: Config) => Promise<void>;
}

/** What only a new process can change; the first five decide nothing about apps. */
const FIXED = [
  ['listen', (config: Config) => config.listen],
  ['socket', (config: Config) => config.socket],
  ['data-dir', (config: Config) => config.dataDir],
  ['record-max-size', (config: Config) => config.recordMaxBytes],
  ['metrics-per-app', (config: Config) => config.metricsPerApp],
  ['api-token', (config: Config) => config.apiToken],
] as const;

export class Reloader {
  readonly #options: ReloadOptions;
  #config: Config;
  /** What the file said when it was loaded last, well or not. */
  #text: string;
  #isUnreadable = false;

  constructor(options: ReloadOptions, config: Config, text: string) {
    this.#options = options;
    this.#config = config;
    this.#text = text;
  }

  /** Until the signal aborts: on SIGHUP, and when the file has another text than before. */
  async watch(signal: AbortSignal): Promise<void> {
    const { context } = this.#options;
    const unsubscribe = context.onHangUp(() => this.reload('SIGHUP'));
    let last = this.#text;
    try {
      while (!signal.aborted) {
        await context.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
        if (signal.aborted) return;
        // The text and not the time: a file may be replaced, or be a link to one that is.
        const text = this.#read();
        const isSettled = text === last;
        last = text ?? last;
        if (text !== null && isSettled && text !== this.#text) this.#take(text, 'the file changed');
      }
    } finally {
      unsubscribe();
    }
  }

  /** Reads the file anew, whether it changed or not. */
  reload(cause: string): void {
    try {
      this.#take(readConfigFile(this.#options.context, this.#options.path), cause);
    } catch (error) {
      this.#refuse(error, cause);
    }
  }

  #take(text: string, cause: string): void {
    const { load, adopt, log } = this.#options;
    this.#text = text;
    try {
      const { config, warnings } = load(text);
      assertSameOrg(this.#config, config);
      const next = this.#withFixed(config);
      void adopt(next).catch((error: unknown) =>
        log.error({ detail: String(error) }, 'the earlier configuration has not ended well'),
      );
      this.#config = next;
      logWarnings(log, warnings);
      log.info(
        {
          cause,
          config: config.hash,
          policies: config.policies.map(({ name }) => name),
          metrics: config.collectors.map(({ key }) => key),
        },
        'configuration reloaded',
      );
    } catch (error) {
      this.#refuse(error, cause);
    }
  }

  /** What cannot change stays as it was, and is named. */
  #withFixed(config: Config): Config {
    const changed = FIXED.filter(([, of]) => !isDeepStrictEqual(of(config), of(this.#config))).map(
      ([key]) => key,
    );
    if (changed.length > 0)
      this.#options.log.warn(
        { settings: changed },
        'restart needed: these settings stay as they were',
      );
    const { listen, socket, dataDir, recordMaxBytes, metricsPerApp, apiToken } = this.#config;
    return { ...config, listen, socket, dataDir, recordMaxBytes, metricsPerApp, apiToken };
  }

  #refuse(error: unknown, cause: string): void {
    const { log, recorder } = this.#options;
    const { code, message, hint } = toAppError(error);
    log.error(
      { cause, code, detail: message, hint },
      'configuration not reloaded: the earlier one stays',
    );
    recorder.fleet({ kind: 'config-refused' });
  }

  /** Null when it cannot be read, as in the moment in which it is replaced; told once. */
  #read(): string | null {
    const { context, path, log } = this.#options;
    try {
      const text = context.readFile(path);
      this.#isUnreadable = false;
      return text;
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (!this.#isUnreadable)
        log.warn({ path, code }, 'the configuration file cannot be read; what was loaded stays');
      this.#isUnreadable = true;
      return null;
    }
  }
}

/** Policies that are meant for one organization must not meet another's apps. */
function assertSameOrg(earlier: Config, next: Config): void {
  if (earlier.org === next.org) return;
  const message = `restart needed: org was ${earlier.org ?? 'not set'} and would be ${next.org ?? 'not set'}`;
  const hint = 'nothing of the changed file is used until the process is started anew';
  throw new AppError('config-invalid', message, { owner: 'user', hint });
}

export function logWarnings(log: Logger, warnings: readonly Problem[]): void {
  for (const { key, message, hint, place } of warnings)
    log.warn({ key, detail: message, hint, place }, 'configuration warning');
}
