/**
 * What rooms build their settings from: each exports a zod fragment, and `config` puts them together.
 * Keys are kebab-case as in YAML; everything parsed here is parsed once.
 */
import { z } from 'zod';
import { parseDurationMs } from './core/duration.js';
import type { Clock, Random } from './clock.js';
import type { ConnectHttp } from './http.js';
import type { Collector } from './ports.js';

/** What documentation, environment and expansion need to know of a setting. */
export interface SettingMeta {
  /** One or two sentences for docs and editors. */
  readonly description: string;
  /** Further environment names, the first that is set wins over the regular one. */
  readonly env?: readonly string[];
  /** It may differ by app: `$APP_NAME` stands for the app, and other `$NAME`s follow the rule for queries. */
  readonly isPerApp?: boolean;
  /** Of a collector: where it is not set, the general setting of the same key counts. */
  readonly isInherited?: boolean;
  /** Never printed. */
  readonly isSecret?: boolean;
  /** As it is written in docs and the sample file. */
  readonly example?: string;
  /** The default as a person would write it; needed where the parsed default reads differently. */
  readonly defaultText?: string;
}

/** Attaches what we know of a setting to its schema; read it back with `schema.meta()`. */
export function setting<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  return schema.meta({ ...meta });
}

/** A Go duration as text, in milliseconds once parsed; above zero unless `allowZero`. */
export function duration(
  options: { readonly allowZero?: boolean } = {},
): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    try {
      const ms = parseDurationMs(text);
      if (ms < 0 || (ms === 0 && options.allowZero !== true)) {
        context.addIssue({ code: 'custom', message: `must be above zero, got ${text}` });
        return z.NEVER;
      }
      return ms;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({
        code: 'custom',
        message: `not a duration such as 15s or 1m30s: ${message}`,
      });
      return z.NEVER;
    }
  });
}

/** What a collector is given beside its settings. */
export interface CollectorContext {
  readonly connect: ConnectHttp;
  readonly clock: Clock;
  readonly random: Random;
  /** Sent as User-Agent. */
  readonly userAgent: string;
  /** The default deadline of one collection. */
  readonly timeoutMs: number;
  /** Time from one collection to the next; absent where there is but one. */
  readonly intervalMs?: number;
  /** Patterns (`*`: any run of characters) that take every app it will be asked for; absent: any app. */
  readonly appPatterns?: readonly string[];
  /** For warnings that belong to no sample. */
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Given when requests have a budget: to be awaited before each that does not go through `connect`. Rejects with the signal's reason. */
  readonly takeTurn?: (signal: AbortSignal) => Promise<void>;
}

/** One kind of metric source: a folder in `collectors/` exports one of these. */
export interface CollectorDefinition<Settings = unknown> {
  /** The `type` in YAML. */
  readonly type: string;
  /** The prefix of its environment names: FAS_PROMETHEUS gives FAS_PROMETHEUS_METRIC_NAME for `metric-name`. */
  readonly envPrefix: string;
  /** A strict object, without `type`; `metric-name` is among its keys. Every field has a `setting`. */
  readonly schema: z.ZodType<Settings>;
  /** One line for the docs. */
  readonly summary: string;
  /** Opens nothing and touches no network until the first collection. */
  create(settings: Settings, context: CollectorContext): Collector;
}
