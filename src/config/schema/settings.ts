/**
 * The settings that are not a collector's. `policySchema` is what may differ between sets of apps, `daemonSchema`
 * what one process has once, `platformSchema` what the platform says by environment alone.
 */
import { z } from 'zod';
import type { AppSelector } from '../../core/model/policy.js';
import { duration, setting, type SettingMeta } from '../../seams/schema.js';
import { expressionSetting } from '../base/field.js';
import { listenAddress } from './listen.js';
import { behaviorShape } from '../rules/behavior.js';
import { budgetsShape } from '../rules/budgets.js';
import { missingShape } from '../rules/missing.js';
import { regionShape } from '../rules/regions.js';
import { removalShape } from '../rules/removal.js';
import { schedulesShape } from '../rules/schedules.js';
import { size } from './size.js';

function durationSetting(
  initial: string,
  meta: SettingMeta,
): z.ZodType<number, string | undefined> {
  return setting(duration().prefault(initial), meta);
}

const count = z.number().int();

export const appSelector = z
  .union([z.string(), z.array(z.string())])
  .transform((written, context): AppSelector => {
    const list = typeof written === 'string' ? [written] : written;
    const patterns = list.flatMap((entry) => entry.split(',')).map((pattern) => pattern.trim());
    const include = patterns.filter((pattern) => pattern !== '' && !pattern.startsWith('!'));
    const exclude = patterns
      .filter((pattern) => pattern.startsWith('!'))
      .map((pattern) => pattern.slice(1).trim());
    if (include.length === 0)
      context.addIssue({ code: 'custom', message: 'names no app to scale' });
    return { include, exclude };
  });

const url = z.string().transform((text, context) => {
  const isHttp = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
  if (!isHttp) context.addIssue({ code: 'custom', message: 'must be an http or https URL' });
  return text.replace(/\/+$/, '');
});

export const policySchema = z.strictObject({
  'app-name': setting(appSelector, {
    description:
      'The apps to scale: a name, or patterns in which `*` stands for any run of characters. Several are given as a comma list or a YAML list; one that begins with `!` excludes.',
    example: 'my-app-*, !my-app-staging',
  }),
  'process-group': setting(z.string().trim().optional(), {
    description:
      'Only machines of this process group are counted and touched; `*` takes the machines of all groups as one pool. When it is not set, the group is `app`, and machines without a group belong to it if no machine of the app has one.',
    example: 'worker',
    defaultText: 'app',
  }),
  'created-machine-count': expressionSetting(
    'Expression for the number of machines that should exist, at least 1. Stands for both the minimum and the maximum.',
    'queue_depth / 10',
  ),
  'min-created-machine-count': expressionSetting(
    'Expression for the least number of machines that should exist. Needs the maximum too.',
    'queue_depth / 20',
  ),
  'max-created-machine-count': expressionSetting(
    'Expression for the largest number of machines that should exist. Needs the minimum too.',
    'queue_depth / 5',
  ),
  'started-machine-count': expressionSetting(
    'Expression for the number of machines that should run. Stands for both the minimum and the maximum.',
    'max(1, ceil(concurrency / 3))',
  ),
  'min-started-machine-count': expressionSetting(
    'Expression for the least number of machines that should run. Needs the maximum too.',
    'queue_depth / 20',
  ),
  'max-started-machine-count': expressionSetting(
    'Expression for the largest number of machines that should run. Needs the minimum too.',
    'queue_depth / 5',
  ),
  'initial-machine-state': setting(z.enum(['started', 'stopped']).default('started'), {
    description:
      'What created machines are left in: `started`, or `stopped` as spares for the proxy.',
  }),
  ...regionShape,
  volumes: setting(z.enum(['reuse', 'create']).default('reuse'), {
    description:
      'Where the volume of a new machine comes from, if its group has volumes: `reuse` takes a free one of the same name in the region, `create` makes a new empty one when there is none. Volumes are never deleted.',
  }),
  'release-max-age': durationSetting('1h', {
    description:
      'Nothing is done to an app while its release is running. A release that runs for longer than this no longer forbids growth.',
  }),
  'unreachable-after': durationSetting('5m', {
    description:
      'How long a machine that cannot be seen well (lost host, stuck in transit) counts as present before it is replaced.',
  }),
  'max-machines-per-app': setting(count.min(1).default(1000), {
    description: 'The most machines that an app may have, whatever the expressions say.',
  }),
  'max-create-per-pass': setting(count.min(0).optional(), {
    description: 'The most machines created for an app in one pass.',
    example: '20',
    defaultText: '10, or as many as the app has if that is more',
  }),
  'max-destroy-per-pass': setting(count.min(0).optional(), {
    description: 'The most machines destroyed or stopped of an app in one pass.',
    example: '5',
    defaultText: "half of the app's machines, rounded up",
  }),
  ...removalShape,
  ...behaviorShape,
  ...missingShape,
  ...schedulesShape,
  ...budgetsShape,
});

export const daemonSchema = z.strictObject({
  org: setting(z.string().trim().optional(), {
    description: 'Slug of the organization. Required when `app-name` has a wildcard.',
    example: 'my-org',
  }),
  'api-token': setting(z.string().trim().optional(), {
    description:
      'Fly API token that may read and change the machines of the apps; several joined by commas are one token. Required to serve.',
    isSecret: true,
    example: '$FAS_API_TOKEN',
  }),
  interval: durationSetting('15s', { description: 'Time from one pass over an app to the next.' }),
  timeout: durationSetting('30s', {
    description:
      'The longest that a pass over an app may take, what it waits for by its own will aside.',
  }),
  'app-list-refresh-interval': durationSetting('60s', {
    description: 'How often the list of apps is read again, when `app-name` has a wildcard.',
  }),
  'machine-list': setting(z.enum(['auto', 'org', 'app']).default('auto'), {
    description:
      "Where changes of machines are seen: `org` in the machine list of the organization, which costs a request every 5 seconds for the whole fleet; `app` in each app's own list, one request for each app and pass. `auto` is `org`, unless `org` is not set or fewer than 10 apps are named. Where Fly refuses the list of the organization, as to a token of one app, it is `app`.",
  }),
  'machine-refresh-interval': durationSetting('30m', {
    description:
      "With the machine list of the organization, each app's own list is read again in this time: only that tells of hosts, cordons and leases.",
  }),
  concurrency: setting(count.min(1).default(128), {
    description:
      'How many apps may be acted on at once. Collecting and deciding are not bounded by it.',
  }),
  'max-machines': setting(count.min(1).optional(), {
    description: 'The most machines that all apps together may have.',
    example: '500',
    defaultText: 'no limit',
  }),
  'max-creates-per-minute': setting(count.min(1).optional(), {
    description: 'The most machines that are created within a minute over all apps.',
    example: '60',
    defaultText: 'no limit',
  }),
  'max-removals-per-minute': setting(count.min(1).optional(), {
    description: 'The most machines that are destroyed or stopped within a minute over all apps.',
    example: '30',
    defaultText: 'no limit',
  }),
  'fleet-brake': setting(z.enum(['on', 'off']).default('on'), {
    description:
      'Whether nothing shrinks on a metric on which too much of the fleet falls at once: a source that broke must not empty every app.',
  }),
  'fleet-brake-share': setting(z.number().gt(0).max(1).default(0.5), {
    description:
      'The share of the apps that could shrink which must fall to half or less, or to their minimum, for the fleet brake to hold; never fewer than four apps.',
  }),
  'fleet-brake-hold': durationSetting('10m', {
    description:
      'After so long of good samples the fleet brake lets a tenth of the held apps go each minute.',
  }),
  'fleet-query': setting(z.enum(['auto', 'always', 'never']).default('auto'), {
    description:
      'Whether a Prometheus collector asks one query for all apps, unless it says so itself: `auto` where that provably comes to the same, `always` (a query of which it cannot be proved is an error), `never`.',
  }),
  'metrics-per-app': setting(z.enum(['auto', 'on', 'off']).default('auto'), {
    description:
      'Whether `/metrics` has series for each app. `auto` leaves them out above 2,000 apps.',
  }),
  'data-dir': setting(z.string().trim().optional(), {
    description:
      'Directory of the file that keeps state and the record of decisions, such as the path of a volume. Without it both last until the process ends, and the record is small.',
    example: '/data',
    defaultText: 'in memory',
  }),
  'record-max-size': setting(size(1e6, '1 MB').prefault('512 MB'), {
    description:
      'The most room that the record of decisions takes in `data-dir`; it is kept for six weeks, or for as long as this allows. Units are B, KB, MB, GB, KiB, MiB and GiB.',
  }),
  listen: setting(listenAddress.prefault(':9090'), {
    description:
      'Where metrics and health are served: `host:port`, `:port` or `port`; IPv6 hosts in brackets.',
  }),
  'read-token': setting(z.string().trim().optional(), {
    description:
      'Who sends it as `Authorization: Bearer` may read the HTTP API from elsewhere than this machine. On loopback reading needs none.',
    isSecret: true,
    example: '$FAS_READ_TOKEN',
    defaultText: 'reading on loopback only',
  }),
  'admin-token': setting(z.string().trim().optional(), {
    description:
      'Who sends it as `Authorization: Bearer` may read and change by the HTTP API: pause, resume, release the fleet brake.',
    isSecret: true,
    example: '$FAS_ADMIN_TOKEN',
    defaultText: 'no changing over HTTP',
  }),
  socket: setting(z.string().trim().optional(), {
    description:
      'Path of the unix socket that the commands of this user talk to; only its owner can open it. `off`: none.',
    example: '/run/fly-autoscaler/control.sock',
    defaultText:
      '`control.sock` in `data-dir`; without one in a folder of this user in the temporary directory',
  }),
  'dry-run': setting(z.boolean().default(false), {
    description: 'Decide and say what would be done, and do nothing.',
  }),
  verbose: setting(z.boolean().default(false), { description: 'Log details.' }),
});

/** The keys are the environment names. */
export const platformSchema = z.strictObject({
  FLY_FLAPS_BASE_URL: setting(url.prefault('https://api.machines.dev'), {
    description: 'Base URL of the Machines API.',
  }),
  FLY_API_BASE_URL: setting(url.prefault('https://api.fly.io'), {
    description: 'Base URL of the GraphQL API.',
  }),
  FLY_APP_NAME: setting(z.string().optional(), {
    description:
      'Set by Fly on its machines: the app that the autoscaler itself runs in. It is scaled only when `app-name` names it exactly, never by a wildcard.',
  }),
  TZ: setting(z.string().optional(), {
    description: 'Local time zone of `now()` in expressions.',
    example: 'America/New_York',
    defaultText: 'UTC',
  }),
});

export const flatSchema = z.strictObject({ ...policySchema.shape, ...daemonSchema.shape });

export type FlatSettings = z.output<typeof flatSchema>;
export type PlatformSettings = z.output<typeof platformSchema>;
