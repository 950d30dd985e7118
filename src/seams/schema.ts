/**
 * What rooms build their settings from: each exports a zod fragment, and `config` puts them together.
 * Keys are kebab-case as in YAML; everything parsed here is parsed once.
 */
import { z } from 'zod';
import { durationMeant, parseDurationMs } from '../core/time/duration.js';
import { parseSizeBytes } from '../core/model/size.js';
import type { Clock, Random } from './clock.js';
import type { ConnectHttp } from './http.js';
import type { Collector } from './collector.js';
import type { SourceEvent } from './events.js';

/** What documentation, environment and expansion need to know of a setting. */
export interface SettingMeta {
  /** One or two sentences for docs and editors. */
  readonly description: string;
  /** Further environment names, the first that is set wins over the regular one. */
  readonly env?: readonly string[];
  /** Environment names that others use too: read when the regular one is not set, and the one of the setting `unless` is not either. */
  readonly envFallback?: { readonly names: readonly string[]; readonly unless?: string };
  /** It may differ by app: `$APP_NAME` stands for the app, and other `$NAME`s follow the rule for queries. */
  readonly isPerApp?: boolean;
  /** Of a collector: where it is not set, the general setting of the same key counts. */
  readonly isInherited?: boolean;
  /** A map or a list of maps: the environment has no form for it. Its `example` is YAML on one line. */
  readonly isFileOnly?: boolean;
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
    } catch {
      const meant = durationMeant(text);
      const advice = meant === undefined ? '' : `: write ${meant}`;
      context.addIssue({
        code: 'custom',
        message: `not a duration such as 15s or 1m30s, got "${text}"${advice}`,
      });
      return z.NEVER;
    }
  });
}

/** A size as text ("512 MB", "1 GiB"), in bytes once parsed. */
export function size(leastBytes: number, leastText: string): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const bytes = parseSizeBytes(text);
    if (bytes === undefined) {
      context.addIssue({ code: 'custom', message: `not a size such as 512 MB or 1 GiB: ${text}` });
      return z.NEVER;
    }
    if (bytes < leastBytes) {
      context.addIssue({ code: 'custom', message: `must be at least ${leastText}, got ${text}` });
    }
    return bytes;
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
  /** Hears when the source goes down, is left alone, and is back. */
  readonly sourceChanged?: (event: SourceEvent) => void;
  /**
   * What outlives a reload: by its name what a collector with the same key and settings made before, otherwise a new one.
   * Absent where there is no reload.
   */
  readonly recall?: <T extends object>(what: string, make: () => T) => T;
  /** Given when requests have a budget: to be awaited before each that does not go through `connect`. Rejects with the signal's reason. */
  readonly takeTurn?: (signal: AbortSignal) => Promise<void>;
}

/** One collector as people write it: settings by key, secrets among them. */
export type ExampleSettings = Readonly<Record<string, unknown>> & {
  readonly 'metric-name': string;
};

export interface CollectorExample {
  /** What is special about it, to stand after the name of the form: "with a queue for each app". */
  readonly about?: string;
  readonly settings: ExampleSettings | readonly ExampleSettings[];
  /** The count of machines, if not that of the other examples. */
  readonly expression?: string;
}

/** A section of docs/collectors.md; all texts are Markdown. */
export interface CollectorDocs {
  readonly title: string;
  readonly introduction: string;
  /** The count of machines in the examples. */
  readonly expression: string;
  readonly env: CollectorExample;
  /** In a file, secrets are references: $NAME. */
  readonly yaml: CollectorExample;
  /** fly.toml and secrets; `env` unless it is given. */
  readonly fly?: CollectorExample;
  /** What prints the value of a secret, by key: a command for the shell. */
  readonly secretCommands?: Readonly<Record<string, string>>;
  /** Rows of cells, headings first. */
  readonly table?: readonly (readonly string[])[];
  /** What the answers mean, and what else a user should know: one paragraph each. */
  readonly notes: readonly string[];
}

/** One kind of metric source: a folder in `collectors/` exports one of these. */
export interface CollectorDefinition<Settings = unknown> {
  /** The `type` in YAML. */
  readonly type: string;
  /** The prefix of its environment names: FAS_PROMETHEUS gives FAS_PROMETHEUS_METRIC_NAME for `metric-name`. */
  readonly envPrefix: string;
  /** A strict object, without `type`; `metric-name` is among its keys. Every field has a `setting`. */
  readonly schema: z.ZodType<Settings>;
  /** Settings that other sources have and this one cannot, by key: why not. Giving one is an error, by environment too. */
  readonly absentSettings?: Readonly<Record<string, string>>;
  /** Of a source that is asked by HTTP: the longest answer that is read, unless a setting says otherwise. */
  readonly maxAnswerBytes?: number;
  /** One line for the docs. */
  readonly summary: string;
  readonly docs: CollectorDocs;
  /** Settings of further collectors of this kind that these ask for, each with a metric of its own. */
  companions?(settings: Settings): readonly (Settings & { readonly 'metric-name': string })[];
  /** What of these settings is allowed and can hardly be meant: the key, and what to do. Needs no network. Absent: nothing. */
  doubts?(
    settings: Settings,
  ): readonly { readonly key: string; readonly message: string; readonly hint: string }[];
  /** Whether its samples are `instances`: one value for each machine. Absent: never. */
  isPerInstance?(settings: Settings): boolean;
  /** Opens nothing and touches no network until the first collection. */
  create(settings: Settings, context: CollectorContext): Collector;
}
