import { z } from 'zod';
import type { LeaseHolder, Machine, MachineConfig, MachineExit } from '../../core/model/machine.js';
import { fieldOf, hostStatus, name, optionalName, placeOf, timestamp } from './fields.js';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const texts = z.record(z.string(), z.string()).nullish();

/** Only what decisions read is looked at; the configuration itself goes on as it came. */
const configSchema = z.object({
  image: text,
  env: texts,
  metadata: texts,
  mounts: z.array(z.object({ volume: text, name: text, path: text })).nullish(),
  standbys: z.array(z.string()).nullish(),
  schedule: text,
  auto_destroy: flag,
  stop_config: z
    .object({ signal: text, timeout: z.union([z.string(), z.number()]).nullish() })
    .nullish(),
  services: z
    .array(z.object({ autostop: z.union([z.boolean(), z.string()]).nullish(), autostart: flag }))
    .nullish(),
});

const config = z.custom<MachineConfig>().superRefine((value, context) => {
  const result = configSchema.safeParse(value);
  if (result.success) return;
  for (const issue of result.error.issues) {
    context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
  }
});

/** A lease without an owner, or without an end, is a lease. */
const leaseSchema = z.object({ owner: text, description: text, expires_at: z.number().nullish() });

const FIELDS = {
  id: name,
  name: z.string().max(256).nullish(),
  state: name,
  region: name,
  version: optionalName,
  instance_id: optionalName,
  created_at: timestamp,
  updated_at: z.union([z.literal('').transform(() => null), timestamp]).nullish(),
  host_status: text,
  cordoned: flag,
  config: config.nullish(),
  incomplete_config: z.object({ metadata: texts }).nullish(),
  image_ref: z.object({ registry: text, repository: text, tag: text, digest: text }).nullish(),
  lease: leaseSchema.nullish(),
  events: z.unknown().optional(),
};

const machineSchema = z
  .object(FIELDS)
  // Without it nobody could tell whether a machine is still as we left it.
  .refine((machine) => (machine.version ?? machine.instance_id) !== null, {
    message: 'no version',
    path: ['version'],
  });

type MachineAnswer = z.infer<typeof machineSchema>;

/**
 * A machine as Fly tells of it. What cannot be read of it makes it one that cannot be seen well; it is there all the
 * same. `fallbackId` stands for an id that cannot be read.
 */
export function readMachine(answer: unknown, fallbackId: string): Machine {
  const result = machineSchema.safeParse(answer);
  return result.success
    ? toMachine(result.data)
    : unreadMachine(answer, placeOf(result.error), fallbackId);
}

function toMachine(answer: MachineAnswer): Machine {
  const status = hostStatus(answer.host_status ?? (answer.config == null ? 'unknown' : 'ok'));
  const full = status === 'ok' && answer.config != null ? withoutNulls(answer.config) : null;
  const lease = toLease(answer.lease);
  const lastExit = newestExit(answer.events);
  const neverRan = hasNeverRun(answer.events);
  return {
    id: answer.id,
    name: answer.name ?? '',
    state: answer.state,
    region: answer.region,
    version: answer.version ?? answer.instance_id ?? '',
    createdAtMs: answer.created_at,
    updatedAtMs: answer.updated_at ?? answer.created_at,
    hostStatus: status,
    isCordoned: answer.cordoned ?? false,
    metadata: (full ?? answer.incomplete_config ?? answer.config)?.metadata ?? {},
    config: full,
    imageRef: pinnedImage(answer.image_ref),
    ...(lease === undefined ? {} : { lease }),
    ...(lastExit === undefined ? {} : { lastExit }),
    ...(neverRan ? { neverRan } : {}),
  };
}

/** Each field by itself, as far as it goes. */
function unreadMachine(answer: unknown, place: string, fallbackId: string): Machine {
  const read = <K extends keyof typeof FIELDS>(key: K): z.infer<(typeof FIELDS)[K]> | undefined => {
    const result = FIELDS[key].safeParse(fieldOf(answer, key));
    return result.success ? (result.data as z.infer<(typeof FIELDS)[K]>) : undefined;
  };
  const configuration = fieldOf(answer, 'config') ?? fieldOf(answer, 'incomplete_config');
  const lease = fieldOf(answer, 'lease') == null ? undefined : (toLease(read('lease')) ?? UNREAD);
  const createdAtMs = read('created_at') ?? 0;
  return {
    id: read('id') ?? fallbackId,
    name: read('name') ?? '',
    state: read('state') ?? 'unknown',
    region: read('region') ?? '',
    version: read('version') ?? read('instance_id') ?? '',
    createdAtMs,
    updatedAtMs: read('updated_at') ?? createdAtMs,
    hostStatus: read('host_status') === 'unreachable' ? 'unreachable' : 'unknown',
    isCordoned: read('cordoned') ?? false,
    metadata: readableTexts(fieldOf(configuration, 'metadata')),
    config: reservedConfig(configuration),
    imageRef: null,
    ...(lease === undefined ? {} : { lease }),
    unread: place === '' ? 'all of it' : place,
  };
}

/** Somebody has it, whoever that is. */
const UNREAD: LeaseHolder = { owner: '', description: '', expiresAtMs: null };

function readableTexts(value: unknown): Record<string, string> {
  const result = z.record(z.string(), z.unknown()).safeParse(value);
  const entries = Object.entries(result.success ? result.data : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** What tells that the machine is a standby or scheduled, and so is not counted; null when neither is said. */
function reservedConfig(configuration: unknown): MachineConfig | null {
  const standbys = z.array(z.string()).min(1).safeParse(fieldOf(configuration, 'standbys'));
  if (standbys.success) return { standbys: standbys.data };
  const schedule = z.string().min(1).safeParse(fieldOf(configuration, 'schedule'));
  return schedule.success ? { schedule: schedule.data } : null;
}

/** Go writes an empty list or map as null: for readers of the configuration that is the same as absent. */
function withoutNulls(config: MachineConfig): MachineConfig {
  const entries = Object.entries(config);
  if (entries.every(([, value]) => value !== null)) return config;
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/** By digest a clone runs the very same bits even when the tag has moved on. */
function pinnedImage(image: MachineAnswer['image_ref']): string | null {
  if (!image?.registry || !image.repository || !image.digest) return null;
  const tag = image.tag ? `:${image.tag}` : '';
  return `${image.registry}/${image.repository}${tag}@${image.digest}`;
}

function toLease(lease: MachineAnswer['lease']): LeaseHolder | undefined {
  if (lease == null) return undefined;
  return {
    owner: lease.owner ?? '',
    description: lease.description ?? '',
    expiresAtMs: lease.expires_at == null ? null : lease.expires_at * 1000,
  };
}

const exitSchema = z.object({
  exit_code: z.number(),
  oom_killed: flag,
  requested_stop: flag,
});

const exitEventSchema = z.object({
  type: z.literal('exit'),
  timestamp: z.number(),
  request: z.object({
    exit_event: exitSchema.nullish(),
    MonitorEvent: z.object({ exit_event: exitSchema.nullish() }).nullish(),
  }),
});

/** Events are told for information: one that does not fit is passed over. */
function newestExit(events: unknown): MachineExit | undefined {
  if (!Array.isArray(events)) return undefined;
  let newest: MachineExit | undefined;
  for (const event of events) {
    if ((event as { type?: unknown } | null)?.type !== 'exit') continue;
    const { data } = exitEventSchema.safeParse(event);
    const exit = data?.request.exit_event ?? data?.request.MonitorEvent?.exit_event;
    if (data === undefined || exit == null) continue;
    if (newest !== undefined && newest.atMs >= data.timestamp) continue;
    newest = {
      atMs: data.timestamp,
      exitCode: exit.exit_code,
      isOomKilled: exit.oom_killed ?? false,
      wasRequested: exit.requested_stop ?? false,
    };
  }
  return newest;
}

/** What happens to a process only once it runs, or to a machine that somebody stops before it does. */
const RAN: ReadonlySet<unknown> = new Set(['exit', 'stop', 'suspend', 'restart']);

/** Only from the launch on do events tell the whole story: Fly keeps the newest. */
function hasNeverRun(events: unknown): boolean {
  if (!Array.isArray(events)) return false;
  const told = events.map((event) => (event ?? {}) as { type?: unknown; status?: unknown });
  const isWhole = told.some(({ type }) => type === 'launch');
  return isWhole && !told.some(({ type, status }) => RAN.has(type) || status === 'started');
}
