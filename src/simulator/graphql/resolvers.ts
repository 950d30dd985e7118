import { GraphQLError } from 'graphql';
import type { Call } from '../exchange.js';
import { decodeCursor, encodeCursor } from '../exchange.js';
import type { SimApp, SimOrg, SimRelease } from '../model.js';
import { appStatusOf, rfc3339 } from '../render.js';

/** Resolvers as plain objects: a field is a value, or a function of its arguments. */

interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

export function rootOf(call: Call): Record<string, unknown> {
  const { world } = call;
  return {
    apps: (args: PageArguments & { organizationId?: string | null }) => {
      const org = [...world.orgs.values()].find(({ id }) => id === args.organizationId);
      if (args.organizationId != null && org === undefined) throw notFound('Organization', '');
      return appPage(call, visibleApps(call, org), args);
    },
    app: (args: { name?: string | null; internalId?: string | null }) => {
      const app =
        args.name == null
          ? visibleApps(call).find(({ numericId }) => String(numericId) === args.internalId)
          : world.apps.get(args.name);
      const isVisible = app !== undefined && isAppVisible(call, app);
      if (!isVisible) throw notFound('App', args.name ?? args.internalId ?? '');
      return appNode(call, app);
    },
    organization: (args: { id?: string | null; slug?: string | null; name?: string | null }) => {
      const org = [...world.orgs.values()].find(
        ({ id, slug, name }) => id === args.id || slug === args.slug || name === args.name,
      );
      const isVisible = org !== undefined && isOrgVisible(call, org);
      if (!isVisible) throw notFound('Organization', args.slug ?? args.id ?? '');
      return orgNode(call, org);
    },
    organizations: () => connection([...world.orgs.values()].map((org) => orgNode(call, org))),
    node: (args: { id: string }) => nodeOf(call, args.id),
    nodes: (args: { ids: readonly string[] }) => args.ids.map((id) => nodeOf(call, id)),
    viewer: () => USER,
  };
}

const USER = { id: 'user', email: 'hello@example.com', name: 'Hello' };

function notFound(type: string, name: string): GraphQLError {
  return new GraphQLError(`Could not find ${type} "${name}"`, {
    extensions: { code: 'NOT_FOUND' },
  });
}

function isOrgVisible(call: Call, org: SimOrg): boolean {
  return call.grant.orgs === undefined || call.grant.orgs.includes(org.slug);
}

function isAppVisible(call: Call, app: SimApp): boolean {
  const isGranted = call.grant.apps === undefined || call.grant.apps.includes(app.name);
  return isGranted && isOrgVisible(call, app.org);
}

function visibleApps(call: Call, org?: SimOrg): readonly SimApp[] {
  const { orgs, apps: granted } = call.grant;
  const all = [...call.world.apps.values()];
  if (org === undefined && orgs === undefined && granted === undefined) return all;
  return all.filter((app) => (org === undefined || app.org === org) && isAppVisible(call, app));
}

function nodeOf(call: Call, id: string): Record<string, unknown> | null {
  const app = visibleApps(call).find((app) => app.id === id);
  if (app !== undefined) return appNode(call, app);
  const org = [...call.world.orgs.values()].find((org) => org.id === id);
  return org !== undefined && isOrgVisible(call, org) ? orgNode(call, org) : null;
}

function orgNode(call: Call, org: SimOrg): Record<string, unknown> {
  return {
    __typename: 'Organization',
    id: org.id,
    internalNumericId: String(org.numericId),
    slug: org.slug,
    rawSlug: org.slug,
    name: org.name,
    type: 'SHARED',
    billable: true,
    apps: (args: PageArguments) => appPage(call, visibleApps(call, org), args),
    limitedAccessTokens: () => connection([]),
  };
}

function appNode(call: Call, app: SimApp): Record<string, unknown> {
  const newest = app.releases.at(-1);
  return {
    __typename: 'App',
    id: app.id,
    internalNumericId: app.numericId,
    name: app.name,
    deployed: app.releases.length > 0,
    hostname: `${app.name}.fly.dev`,
    platformVersion: 'machines',
    status: appStatusOf(app),
    state: 'DEPLOYED',
    role: null,
    createdAt: rfc3339(app.createdAtMs),
    organization: () => orgNode(call, app.org),
    currentRelease: () => (newest === undefined ? null : releaseNode(newest, 'Release')),
    currentReleaseUnprocessed: () =>
      newest === undefined ? null : releaseNode(newest, 'ReleaseUnprocessed'),
    releases: () =>
      connection(app.releases.toReversed().map((release) => releaseNode(release, 'Release'))),
  };
}

function releaseNode(release: SimRelease, type: string): Record<string, unknown> {
  return {
    __typename: type,
    id: release.id,
    version: release.version,
    description: release.description,
    reason: release.reason,
    status: release.status,
    imageRef: release.imageRef,
    stable: release.status === 'complete',
    user: USER,
    createdAt: rfc3339(release.createdAtMs),
    inProgress: release.status === 'running',
  };
}

/** `after` names the last app of the page before; "" begins. */
function appPage(
  call: Call,
  apps: readonly SimApp[],
  args: PageArguments,
): Record<string, unknown> {
  const max = call.engine.config.graphqlPageSize;
  const size = Math.max(1, Math.min(args.first ?? max, max));
  const afterId = args.after == null || args.after === '' ? 0 : Number(decodeCursor(args.after));
  const following = apps.filter((app) => app.numericId > afterId);
  const page = following.slice(0, size);
  const lastId = page.at(-1)?.numericId;
  const shown = lossy(call, page);
  return {
    totalCount: apps.length,
    nodes: shown.map((app) =>
      app === null
        ? new GraphQLError('Internal error', { extensions: { code: 'SERVER_ERROR' } })
        : appNode(call, app),
    ),
    edges: shown.map((app) =>
      app === null ? null : { cursor: encodeCursor(app.numericId), node: () => appNode(call, app) },
    ),
    pageInfo: {
      hasNextPage: page.length < following.length,
      hasPreviousPage: afterId > 0,
      startCursor: page[0] === undefined ? null : encodeCursor(page[0].numericId),
      endCursor: lastId === undefined ? null : encodeCursor(lastId),
    },
  };
}

/** Null stands for an app that could not be read: an error in the answer tells of it. */
function lossy(call: Call, page: readonly SimApp[]): readonly (SimApp | null)[] {
  if (call.fault === 'silent-partial-list') return page.filter(() => call.lot() < 0.7);
  if (call.fault !== 'partial-list') return page;
  const lost = Math.floor(call.lot() * page.length);
  return page.map((app, index) => (index === lost ? null : app));
}

function connection(nodes: readonly unknown[]): Record<string, unknown> {
  return {
    totalCount: nodes.length,
    nodes,
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  };
}
