/** Environment, file and flags become a checked configuration, or every reason why not. */
import type { BrakeSettings } from '../../core/fleet-wide/brake.js';
import type { Overrides as PolicyOverrides } from '../../core/model/overrides.js';
import { DEFAULT_POLICY } from '../../core/model/policy.js';
import type { CollectorDefinition } from '../../seams/schema.js';
import { loadCollectors, type LoadedCollector } from '../sources/collectors.js';
import type { Config } from './config.js';
import {
  checkAccess,
  checkEnvNames,
  checkFileKeys,
  checkTokens,
  timeZone,
} from '../policies/checks.js';
import { findDoubts } from '../doubts/doubts.js';
import {
  overrideEntries,
  policyEntries,
  type OverrideEntry,
  type PolicyEntry,
} from '../policies/entries.js';
import { collectorKinds, envNode, type CollectorKind, type ConfigEnv } from '../read/env.js';
import { envNames, fieldsOf, type Field } from '../base/field.js';
import { settingsInForce, type InForce } from './in-force.js';
import { shortHash } from './hash.js';
import { isSet, scalar, type MapNode, type Node } from '../yaml/node.js';
import type { Layer } from '../schema/layers.js';
import { buildOverrides } from '../policies/overrides.js';
import {
  allCollectors,
  draftPolicy,
  usedKeys,
  type Basis,
  type BuiltPolicy,
  type PolicyDraft,
} from '../policies/policies.js';
import { checkOverlaps } from '../policies/policy-overlap.js';
import { warnOfUnusedMetrics } from '../policies/policy.js';
import { Findings, type Place, type Problem } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import { readSection, type Section } from '../read/section.js';
import { findSecrets } from '../read/secrets.js';
import {
  flatSchema,
  type FlatSettings,
  platformSchema,
  type PlatformSettings,
  policySchema,
} from '../schema/settings.js';
import { nearest } from '../base/suggest.js';
import { withStopMetric } from '../sources/stop-metric.js';
import { readYamlFile, type ConfigFile } from '../yaml/yaml-file.js';
import { COLLECTORS_KEY } from '../base/keys.js';

/** What the command line says wins over file and environment. */
export interface Overrides {
  readonly listen?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

export interface LoadInput {
  readonly env: ConfigEnv;
  readonly file?: ConfigFile | undefined;
  readonly overrides?: Overrides | undefined;
  readonly collectors: readonly CollectorDefinition[];
  /** To validate, the API token may be missing. */
  readonly purpose: 'serve' | 'eval' | 'validate';
  /** Wall time. Default: unknown, and schedules are not looked at for what they will say. */
  readonly nowMs?: number | undefined;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly Problem[];
      /** What is worth knowing, and no fault. */
      readonly notes: readonly Problem[];
      /** The settings that hold for an app, and where each was said. Without secrets. */
      readonly settingsOf: (app: string) => InForce;
    }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly warnings: readonly Problem[];
    };

/** Touches nothing but its input. Never throws on what a user wrote. */
export function loadConfig(input: LoadInput): LoadResult {
  const findings = new Findings();
  const kinds = collectorKinds(input.collectors);
  const file = input.file && readYamlFile(input.file, findings);
  const isUsable = input.file === undefined || file !== undefined;
  const flatFields = fieldsOf(flatSchema, 'FAS');
  const secrets = findSecrets(input.env, flatFields, kinds, file);
  // What a file that cannot be read would have said is unknown, so nothing else can be judged.
  const loaded = isUsable
    ? load(input, { file, kinds, flatFields }, { findings, secrets })
    : undefined;
  const problems = findings.problems(secrets.values);
  const warnings = findings.warnings(secrets.values);
  if (loaded === undefined || problems.length > 0) return { ok: false, problems, warnings };
  return { ok: true, ...loaded, warnings, notes: findings.notes(secrets.values) };
}

interface Known {
  readonly file: MapNode | undefined;
  readonly kinds: readonly CollectorKind[];
  readonly flatFields: readonly Field[];
}

function load(
  input: LoadInput,
  { file, kinds, flatFields }: Known,
  context: LoadContext,
): { config: Config; settingsOf: (app: string) => InForce } | undefined {
  const { env } = input;
  const flags = flagNodes(input.overrides ?? {});
  const platformFields = fieldsOf(platformSchema, '');
  const missingPlace = (field: Pick<Field, 'envName'>): Place =>
    file?.place ?? { env: field.envName };
  const flatLayer: Layer = {
    written: (field) => flags.get(field.key) ?? fileOrEnv(field, file, env),
    keyOf: (key) => key,
  };

  const entries = policyEntries(file, context);
  const flat = readFlat(flatFields, flatLayer, entries !== null, missingPlace, context);
  const platform = readSection<PlatformSettings>(
    platformFields,
    {
      choose: (field) => envNode(env, envNames(field)),
      missingPlace: (field) => ({ env: field.envName }),
    },
    context,
  );
  const list = file?.entries.get(COLLECTORS_KEY)?.value;
  const general = { ...context, general: flat.settings };
  const loaded = loadCollectors(env, list, kinds, general);
  // Which metrics there would be is unknown: that the key is misspelled is told, and no more.
  const isMisspelled = file !== undefined && misspells(file, flatFields);
  const shared = withStopMetric(
    isMisspelled ? { ...loaded, isComplete: false } : loaded,
    { layer: flatLayer, fields: flatFields, kinds },
    general,
  );
  const nowMs = input.nowMs ?? null;
  const basis = { fields: flatFields, flat: flatLayer, shared, kinds, missingPlace, nowMs };
  const { drafts, overriding, overrides, built, said } = readPolicies(
    file,
    entries,
    basis,
    general,
  );
  if (file !== undefined) checkFileKeys(file, flatFields, context);
  checkTokens(flat, context);
  const sections = drafts.map(({ built }) => built.section);
  checkAccess(flat, sections, input.purpose, missingPlace, context);
  const zone = timeZone(platform, context);
  // Last: by now it is known which names the settings themselves refer to.
  checkEnvNames(env, [...flatFields, ...platformFields], kinds, context);

  const made = built.flatMap(({ section, policy }) => (policy ? [{ section, policy }] : []));
  if (!context.findings.isEmpty || flat.whole === undefined || platform.whole === undefined)
    return undefined;
  const collectors = allCollectors(shared, drafts);
  warnOfUnusedMetrics(usedKeys(made.map(({ policy }) => policy)), collectors, context);
  const hasPolicies = entries !== null;
  findDoubts({ flat, hasPolicies, policies: made, collectors }, context.findings);
  const policies = drafts.flatMap((draft) => draft.built.policy ?? []);
  const whole = { flat: flat.whole, platform: platform.whole, zone, policies, overrides };
  return {
    config: assemble(whole, collectors, said, context),
    settingsOf: settingsInForce({ flat, drafts, overriding, basis }, context),
  };
}

interface ReadPolicies {
  readonly drafts: readonly PolicyDraft[];
  readonly overriding: readonly OverrideEntry[];
  readonly overrides: PolicyOverrides;
  /** As they are, and as overrides change them. */
  readonly built: readonly BuiltPolicy[];
  /** What the lists of the file say, for the hash. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** `entries`: null when the flat settings alone make a policy. */
function readPolicies(
  file: MapNode | undefined,
  entries: readonly PolicyEntry[] | null,
  basis: Basis,
  context: LoadContext,
): ReadPolicies {
  const drafts =
    entries === null
      ? [draftPolicy(DEFAULT_POLICY, null, basis, context)]
      : entries.map((entry) => draftPolicy(entry.name, entry, basis, context));
  const overriding = overrideEntries(file, context);
  const { overrides, built, said } = buildOverrides(overriding, drafts, basis, context);
  checkOverlaps(drafts, overrides, overriding, context);
  return {
    drafts,
    overriding,
    overrides,
    built: [...drafts.map((draft) => draft.built), ...built],
    said: {
      ...(entries === null ? {} : { policies: drafts.map(visibleDraft) }),
      ...(said.length === 0 ? {} : { overrides: said }),
    },
  };
}

/** With policies of its own the flat settings are no more than their defaults: none of them is required. */
function readFlat(
  fields: readonly Field[],
  layer: Layer,
  hasPolicies: boolean,
  missingPlace: (field: Pick<Field, 'envName'>) => Place,
  context: LoadContext,
): Section<FlatSettings> {
  const isRead = (field: Field): boolean =>
    !hasPolicies || !field.isRequired || layer.written(field) !== undefined;
  return readSection<FlatSettings>(
    fields.filter(isRead),
    { choose: (field) => layer.written(field), missingPlace },
    context,
  );
}

/** What a policy says, for the hash. */
function visibleDraft({ name, own, built }: PolicyDraft): unknown {
  const { settings } = built.section;
  const keys = Object.keys(policySchema.shape) as (keyof typeof policySchema.shape)[];
  const said = Object.fromEntries(keys.map((key) => [key, settings[key] ?? null]));
  return { name, settings: said, collectors: own.loaded.map(({ plain }) => plain) };
}

/** Some key that nobody knows was probably meant for the list of collectors. */
function misspells(file: MapNode, fields: readonly Field[]): boolean {
  const known = [COLLECTORS_KEY, ...fields.map(({ key }) => key)];
  const unknown = [...file.entries.keys()].filter((key) => !known.includes(key));
  return unknown.some((key) => nearest(key, known) === COLLECTORS_KEY);
}

/** A key in the file replaces the environment, also with nothing: `org: ""`. */
function fileOrEnv(field: Field, file: MapNode | undefined, env: ConfigEnv): Node | undefined {
  const written = file?.entries.get(field.key)?.value;
  return isSet(written) ? written : envNode(env, envNames(field));
}

function flagNodes({ listen, dryRun, verbose }: Overrides): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  const put = (key: string, value: string | boolean | undefined): void => {
    if (value !== undefined) nodes.set(key, scalar(String(value), { flag: `--${key}` }));
  };
  put('listen', listen);
  put('dry-run', dryRun);
  put('verbose', verbose);
  return nodes;
}

interface Whole {
  readonly flat: FlatSettings;
  readonly platform: PlatformSettings;
  readonly zone: string;
  readonly policies: Config['policies'];
  readonly overrides: Config['overrides'];
}

function assemble(
  { flat, platform, zone, policies, overrides }: Whole,
  collectors: readonly LoadedCollector[],
  said: Readonly<Record<string, unknown>>,
  { secrets }: LoadContext,
): Config {
  const {
    'api-token': apiToken,
    'read-token': readToken,
    'admin-token': adminToken,
    ...visible
  } = flat;
  const shared = collectors.filter(({ key, name }) => key === name);
  const effective = {
    flat: visible,
    platform: { ...platform, TZ: zone },
    collectors: shared.map((collector) => collector.plain),
    ...said,
  };
  return {
    org: flat.org ?? null,
    apiToken: apiToken ?? null,
    policies,
    overrides,
    collectors: collectors.map(({ definition, key, name, policy, settings }) => ({
      definition,
      key,
      name,
      ...(policy === undefined ? {} : { policy }),
      settings,
    })),
    intervalMs: flat.interval,
    timeoutMs: flat.timeout,
    concurrency: flat.concurrency,
    appListRefreshMs: flat['app-list-refresh-interval'],
    machineList: flat['machine-list'],
    machineRefreshMs: flat['machine-refresh-interval'],
    listen: flat.listen,
    readToken: readToken ?? null,
    adminToken: adminToken ?? null,
    socket: flat.socket ?? null,
    isDryRun: flat['dry-run'],
    isVerbose: flat.verbose,
    maxMachines: flat['max-machines'] ?? null,
    maxCreatesPerMinute: flat['max-creates-per-minute'] ?? null,
    maxRemovalsPerMinute: flat['max-removals-per-minute'] ?? null,
    brake: brakeOf(flat),
    metricsPerApp: flat['metrics-per-app'],
    dataDir: flat['data-dir'] ?? null,
    recordMaxBytes: flat['record-max-size'],
    machinesUrl: platform.FLY_FLAPS_BASE_URL,
    apiUrl: platform.FLY_API_BASE_URL,
    ownApp: platform.FLY_APP_NAME ?? null,
    zone,
    hash: shortHash(effective, [...secrets.values]),
  };
}

/** A reference is at least a minute old, so that a fall in steps is seen as one. */
const BRAKE_WINDOW_MS = 60_000;

function brakeOf(flat: FlatSettings): BrakeSettings | null {
  if (flat['fleet-brake'] === 'off') return null;
  return {
    share: flat['fleet-brake-share'],
    windowMs: Math.max(flat.interval, BRAKE_WINDOW_MS),
    letGoAfterMs: flat['fleet-brake-hold'],
  };
}
