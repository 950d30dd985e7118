import type { Handler, Route } from './exchange.js';
import type { Surface } from './event-log.js';
import { answerGraphql } from './graphql/endpoint.js';
import * as apps from './machines-api/apps.js';
import * as leases from './machines-api/leases.js';
import * as machines from './machines-api/machines.js';
import * as metadata from './machines-api/metadata.js';
import { listOrgMachines } from './machines-api/org-machines.js';
import * as volumes from './machines-api/volumes.js';
import { ApiError } from './model.js';
import * as prometheus from './prometheus/endpoint.js';
import * as exposition from './prometheus/exposition.js';

/**
 * All paths, by surface. `:app`, `:machine`, `:org` and `:item` match one segment. The host does not matter:
 * one simulator stands for api.machines.dev, api.fly.io and the private address alike.
 */
const TABLE: readonly (readonly [Surface, method: string, pattern: string, string, Handler])[] = [
  ['machines', 'GET', '/v1/apps', 'list-apps', apps.listApps],
  ['machines', 'POST', '/v1/apps', 'create-app', apps.createApp],
  ['machines', 'GET', '/v1/apps/:app', 'get-app', apps.getApp],
  ['machines', 'DELETE', '/v1/apps/:app', 'delete-app', apps.deleteApp],
  ['machines', 'GET', '/v1/tokens/current', 'current-token', apps.currentToken],
  ['machines', 'GET', '/v1/platform/regions', 'list-regions', apps.listRegions],
  ['machines', 'GET', '/v1/orgs/:org/machines', 'list-org-machines', listOrgMachines],
  ['machines', 'GET', '/v1/orgs/:org/volumes', 'list-org-volumes', volumes.listOrgVolumes],
  ['machines', 'GET', '/v1/apps/:app/machines', 'list-machines', machines.listMachines],
  ['machines', 'POST', '/v1/apps/:app/machines', 'create-machine', machines.createMachine],
  ...machineRoutes(),
  ['machines', 'GET', '/v1/apps/:app/volumes', 'list-volumes', volumes.listVolumes],
  ['machines', 'POST', '/v1/apps/:app/volumes', 'create-volume', volumes.createVolume],
  ['machines', 'GET', '/v1/apps/:app/volumes/:item', 'get-volume', volumes.getVolume],
  ['machines', 'DELETE', '/v1/apps/:app/volumes/:item', 'delete-volume', volumes.deleteVolume],
  ['graphql', 'POST', '/graphql', 'graphql', answerGraphql],
  ...prometheusRoutes('/prometheus/:org'),
  ...prometheusRoutes(''),
  ['metrics', 'GET', '/metrics', 'scrape', exposition.exposeAll],
  ['metrics', 'GET', '/metrics/targets', 'scrape-targets', exposition.listTargets],
  ['metrics', 'GET', '/apps/:app/metrics', 'scrape', exposition.exposeApp],
];

type Row = readonly [Surface, string, string, string, Handler];

function machineRoutes(): Row[] {
  const rows: readonly (readonly [method: string, rest: string, action: string, run: Handler])[] = [
    ['GET', '', 'get-machine', machines.getMachine],
    ['POST', '', 'update-machine', machines.updateMachine],
    ['DELETE', '', 'delete-machine', machines.deleteMachine],
    ['POST', '/start', 'start-machine', machines.startMachine],
    ['POST', '/stop', 'stop-machine', machines.stopMachine],
    ['POST', '/suspend', 'suspend-machine', machines.suspendMachine],
    ['POST', '/restart', 'restart-machine', machines.restartMachine],
    ['POST', '/signal', 'signal-machine', machines.signalMachine],
    ['POST', '/cordon', 'cordon-machine', machines.cordonMachine],
    ['POST', '/uncordon', 'uncordon-machine', machines.uncordonMachine],
    ['GET', '/wait', 'wait-machine', machines.waitForState],
    ['GET', '/events', 'list-events', machines.listEvents],
    ['GET', '/lease', 'get-lease', leases.getLease],
    ['POST', '/lease', 'acquire-lease', leases.postLease],
    ['DELETE', '/lease', 'release-lease', leases.deleteLease],
    ['GET', '/metadata', 'get-metadata', metadata.getMetadata],
    ['PATCH', '/metadata', 'patch-metadata', metadata.patchMetadata],
    ['PUT', '/metadata', 'patch-metadata', metadata.patchMetadata],
    ['GET', '/metadata/:item', 'get-metadata', metadata.getMetadataKey],
    ['POST', '/metadata/:item', 'patch-metadata', metadata.setMetadataKey],
    ['DELETE', '/metadata/:item', 'patch-metadata', metadata.deleteMetadataKey],
  ];
  return rows.map(([method, rest, action, run]) => [
    'machines',
    method,
    `/v1/apps/:app/machines/:machine${rest}`,
    action,
    run,
  ]);
}

function prometheusRoutes(base: string): Row[] {
  return ['GET', 'POST'].flatMap((method): Row[] => [
    ['prometheus', method, `${base}/api/v1/query`, 'prometheus-query', prometheus.query],
    ['prometheus', method, `${base}/api/v1/series`, 'prometheus-series', prometheus.series],
    ['prometheus', method, `${base}/api/v1/labels`, 'prometheus-labels', prometheus.labels],
  ]);
}

interface Pattern {
  readonly surface: Surface;
  readonly segments: readonly string[];
  readonly action: string;
  readonly run: Handler;
}

/** Patterns by method and number of segments. */
const PATTERNS = new Map<string, Pattern[]>();
for (const [surface, method, pattern, action, run] of TABLE) {
  const segments = pattern.split('/').slice(1);
  const key = `${method} ${segments.length}`;
  const row = { surface, segments, action, run };
  PATTERNS.set(key, [...(PATTERNS.get(key) ?? []), row]);
}

export function findRoute(method: string, path: string): Route {
  const segments = path.replace(/\/$/, '').split('/').slice(1);
  for (const pattern of PATTERNS.get(`${method} ${segments.length}`) ?? []) {
    const named = match(pattern.segments, segments);
    if (named !== null) {
      const { surface, action, run } = pattern;
      return { surface, action, run, ...named };
    }
  }
  return { surface: 'machines', action: 'unknown', run: refuse, ...NOTHING_NAMED };
}

type Named = Pick<Route, 'app' | 'machine' | 'org' | 'item'>;
const NOTHING_NAMED: Named = { app: null, machine: null, org: null, item: null };

function match(pattern: readonly string[], segments: readonly string[]): Named | null {
  const named: Record<string, string | null> = {};
  for (let i = 0; i < pattern.length; i++) {
    const expected = pattern[i] ?? '';
    const segment = segments[i] ?? '';
    if (expected.startsWith(':')) named[expected.slice(1)] = decode(segment);
    else if (expected !== segment) return null;
  }
  return { ...NOTHING_NAMED, ...named };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function refuse(): never {
  throw new ApiError(404, 'page not found');
}
