/** What no single setting can tell: rules between settings, and names that nobody knows. */
import { whyTooLong } from '../../core/model/glob.js';
import { literalApps, type AppSelector } from '../../core/model/policy.js';
import { knownEnvNames, type CollectorKind, type ConfigEnv } from '../read/env.js';
import type { Field } from '../base/field.js';
import { unknownKey } from '../read/issue.js';
import type { MapNode } from '../yaml/node.js';
import type { Place } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import type { Section } from '../read/section.js';
import type { FlatSettings, PlatformSettings } from '../schema/settings.js';
import { didYouMean } from '../base/suggest.js';
import { COLLECTORS_KEY, GROUPS_KEY, OVERRIDES_KEY, POLICIES_KEY } from '../base/keys.js';

/** What it takes to reach Fly, for the apps of these policies. */
export function checkAccess(
  flat: Section<FlatSettings>,
  policies: readonly Section<FlatSettings>[],
  purpose: 'serve' | 'eval' | 'validate',
  missingPlace: (field: { readonly envName: string }) => Place,
  { findings }: LoadContext,
): void {
  const { settings, refused } = flat;
  const wild = policies.find((policy) => {
    const apps = policy.settings['app-name'];
    return apps !== undefined && literalApps(apps) === null;
  });
  if (wild !== undefined && !settings.org && !refused.has('org'))
    findings.add({
      key: 'org',
      message: `is required, because ${wild.keyOf('app-name')} has a wildcard`,
      hint: 'set FAS_ORG in the environment or org in the file to the slug of the organization',
      place: missingPlace({ envName: 'FAS_ORG' }),
    });
  if (settings['api-token'] || refused.has('api-token')) return;
  const problem = {
    key: 'api-token',
    message: purpose === 'serve' ? 'is required' : `is not set, and ${NEEDED[purpose]}`,
    hint: 'set FAS_API_TOKEN in the environment or api-token in the file; "fly tokens create org" makes one',
    place: missingPlace({ envName: 'FAS_API_TOKEN' }),
  };
  if (purpose === 'serve') findings.add(problem);
  else findings.warn(problem);
}

/** What is missed without a token where one is not required. */
const NEEDED = {
  eval: 'without it no machines are counted',
  validate: 'will be needed to run',
} as const;

/** A token that is for reading must not let its holders change anything. */
export function checkTokens(flat: Section<FlatSettings>, { findings }: LoadContext): void {
  const { 'read-token': read, 'admin-token': admin } = flat.settings;
  const place = flat.written.get('read-token')?.place;
  if (read === undefined || read !== admin || place === undefined) return;
  findings.add({
    key: 'read-token',
    message: 'is the same as admin-token, so whoever may read could change everything',
    hint: 'choose two, or set only FAS_ADMIN_TOKEN: it may read too',
    place,
  });
}

const APP_PATTERN = /^[a-z0-9*-]+$/;

/** Fly's app names have lower-case letters, digits and dashes: anything else matches nothing. */
export function checkPatterns(
  apps: AppSelector,
  key: string,
  place: Place,
  { findings }: LoadContext,
): void {
  for (const pattern of [...apps.include, ...apps.exclude]) {
    const why = whyTooLong(pattern);
    if (why !== null) {
      const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}...` : pattern;
      const hint = 'write several patterns, or a shorter one that takes more apps';
      findings.add({ key, message: `the pattern "${shown}" ${why}`, hint, place });
    }
    if (APP_PATTERN.test(pattern)) continue;
    findings.warn({
      key,
      message: `no app can match "${pattern}": app names have lower-case letters, digits and dashes`,
      hint: 'separate patterns with commas; * is the only wildcard',
      place,
    });
  }
}

const LIST_KEYS = [COLLECTORS_KEY, POLICIES_KEY, GROUPS_KEY, OVERRIDES_KEY];

export function checkFileKeys(
  file: MapNode,
  fields: readonly Field[],
  { findings }: LoadContext,
): void {
  const known = [...fields.map((field) => field.key), ...LIST_KEYS];
  for (const key of file.entries.keys())
    if (!known.includes(key))
      findings.add(unknownKey(key, [], { fields, node: file, keyPrefix: '' }, known));
}

/** A FAS_ name that nobody knows is probably a misspelt one, unless a setting refers to it. */
export function checkEnvNames(
  env: ConfigEnv,
  fields: readonly Field[],
  kinds: readonly CollectorKind[],
  { findings, secrets }: LoadContext,
): void {
  const known = knownEnvNames(env, fields, kinds);
  const candidates = [...known].filter((name) => name.startsWith('FAS_'));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('FAS_') || known.has(name) || secrets.references.has(name)) continue;
    if (value === undefined || value.trim() === '') continue;
    findings.warn({
      key: '',
      message: 'unknown setting, ignored',
      hint: didYouMean(name, candidates) ?? 'see docs/configuration.md for all names',
      place: { env: name },
    });
  }
}

/** UTC where TZ is not set, as in a container, or names no zone, as Go has it. */
export function timeZone(platform: Section<PlatformSettings>, { findings }: LoadContext): string {
  // POSIX allows a colon before the name.
  const name = platform.settings.TZ?.replace(/^:/, '');
  if (name === undefined || name === '') return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    return name;
  } catch {
    findings.warn({
      key: 'TZ',
      message: `"${name}" is no time zone, UTC is used`,
      hint: 'use an IANA name such as America/New_York',
      place: { env: 'TZ' },
    });
    return 'UTC';
  }
}
