import { createHash } from 'node:crypto';
import type { JsonValue } from '../core/model/machine.js';
import type { SimApp, SimConfig, SimMachine, SimVolume } from './model.js';

/** How Fly writes the world as JSON. */

export function rfc3339(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

interface Rendered {
  readonly revision: number;
  readonly full: string;
  readonly summary: string;
}

const cache = new WeakMap<SimMachine, Rendered>();

/** A machine's JSON without lease and nonce; kept until the machine changes. */
export function renderMachine(machine: SimMachine, isSummary: boolean): string {
  let rendered = cache.get(machine);
  if (rendered === undefined || rendered.revision !== machine.revision) {
    rendered = {
      revision: machine.revision,
      full: JSON.stringify({ ...headOf(machine), ...bodyOf(machine) }),
      summary: JSON.stringify(headOf(machine)),
    };
    cache.set(machine, rendered);
  }
  return isSummary ? rendered.summary : rendered.full;
}

/** With its lease when somebody holds one; owners and descriptions only, never the nonce. */
export function renderWithLease(machine: SimMachine, isSummary: boolean, nowMs: number): string {
  const json = renderMachine(machine, isSummary);
  const { lease } = machine;
  if (lease === null || lease.expiresAtMs <= nowMs) return json;
  const shown = {
    owner: lease.owner,
    description: lease.description,
    expires_at: Math.ceil(lease.expiresAtMs / 1000),
  };
  return `${json.slice(0, -1)},"lease":${JSON.stringify(shown)}}`;
}

/** One entry of the organization's list. */
export function renderOverview(machine: SimMachine, hasConfig: boolean): string {
  const { image, guest, metadata } = machine.config;
  return JSON.stringify({
    id: machine.id,
    app_name: machine.app.name,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    version: machine.version,
    private_ip: machine.privateIp,
    created_at: rfc3339(machine.createdAtMs),
    updated_at: rfc3339(machine.updatedAtMs),
    ...(hasConfig ? { config: { image, guest, metadata: metadata ?? {} } } : {}),
  });
}

function headOf(machine: SimMachine): Record<string, unknown> {
  return {
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    image_ref: imageRefOf(machine.config.image ?? ''),
    instance_id: machine.version,
    version: machine.version,
    private_ip: machine.privateIp,
    created_at: rfc3339(machine.createdAtMs),
    updated_at: rfc3339(machine.updatedAtMs),
    cordoned: machine.isCordoned,
  };
}

function bodyOf(machine: SimMachine): Record<string, unknown> {
  const { status } = machine.host;
  return {
    host_status: status,
    events: machine.events,
    checks: checksOf(machine),
    ...(status === 'ok'
      ? { config: machine.config }
      : { incomplete_config: incompleteConfigOf(machine.config) }),
  };
}

/** All checks of a started machine pass. */
function checksOf(machine: SimMachine): unknown[] {
  const checks = machine.config['checks'];
  if (checks === null || typeof checks !== 'object') return [];
  return Object.keys(checks).map((name) => ({
    name,
    status: machine.state === 'started' ? 'passing' : 'critical',
    output: '',
    updated_at: rfc3339(machine.updatedAtMs),
  }));
}

/** What can be put together without the host: it looks usable, and lacks mounts, services and more. */
function incompleteConfigOf(config: SimConfig): Record<string, unknown> {
  return { image: config.image, guest: config.guest, metadata: config.metadata ?? {} };
}

const DEFAULT_REGISTRY = 'registry.fly.io';

/** Splits "registry/repository:tag@digest"; a digest that was not given is made up from the rest, always the same. */
function imageRefOf(image: string): Record<string, JsonValue> {
  const [named = '', givenDigest] = image.split('@');
  const slash = named.indexOf('/');
  const hasRegistry = slash > 0 && /[.:]|^localhost$/.test(named.slice(0, slash));
  const registry = hasRegistry ? named.slice(0, slash) : DEFAULT_REGISTRY;
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.indexOf(':');
  return {
    registry,
    repository: colon < 0 ? path : path.slice(0, colon),
    tag: colon < 0 ? 'latest' : path.slice(colon + 1),
    digest: givenDigest ?? `sha256:${digestOf(named)}`,
    labels: {},
  };
}

const digests = new Map<string, string>();

function digestOf(text: string): string {
  let digest = digests.get(text);
  if (digest === undefined) {
    digest = createHash('sha256').update(text).digest('hex');
    digests.set(text, digest);
  }
  return digest;
}

export function renderApp(app: SimApp): Record<string, unknown> {
  return {
    id: app.id,
    internal_numeric_id: app.numericId,
    name: app.name,
    status: appStatusOf(app),
    network: 'default',
    machine_count: countLiving(app),
    volume_count: app.volumes.size,
    organization: {
      name: app.org.name,
      slug: app.org.slug,
      internal_numeric_id: app.org.numericId,
    },
  };
}

export function appStatusOf(app: SimApp): 'deployed' | 'pending' {
  return app.releases.length > 0 || app.machines.size > 0 ? 'deployed' : 'pending';
}

export function countLiving(app: SimApp): number {
  let count = 0;
  for (const machine of app.machines.values()) if (machine.destroyedAtMs === null) count++;
  return count;
}

export function renderVolume(volume: SimVolume): Record<string, unknown> {
  return {
    id: volume.id,
    name: volume.name,
    state: volume.state,
    size_gb: volume.sizeGb,
    region: volume.region,
    zone: volume.host.id,
    encrypted: volume.isEncrypted,
    attached_machine_id: volume.attachedMachineId,
    attached_alloc_id: null,
    created_at: rfc3339(volume.createdAtMs),
    host_status: volume.host.status,
    snapshot_retention: 5,
    auto_backup_enabled: true,
    fstype: 'ext4',
  };
}
