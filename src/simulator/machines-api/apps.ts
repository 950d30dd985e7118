import type { Answer, Call } from '../exchange.js';
import {
  appOf,
  asFlag,
  bodyOf,
  decodeCursor,
  encodeCursor,
  json,
  limitOf,
  orgOf,
  textOf,
} from '../exchange.js';
import { ApiError } from '../model.js';
import { countLiving, renderApp } from '../render.js';

export function listApps(call: Call): Answer {
  const slug = call.query.get('org_slug');
  if (slug === null || slug === '') throw new ApiError(400, 'org_slug is required');
  const org = orgOf(call, slug);
  const limit = limitOf(call.query.get('limit'), 5000);
  const after = Number(decodeCursor(call.query.get('cursor') ?? '') || 0);
  const all = [...call.world.apps.values()].filter((app) => app.org === org);
  const following = all.filter((app) => app.numericId > after);
  const page = limit === undefined ? following : following.slice(0, limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && page.length < following.length;
  const isLossy = call.fault === 'silent-partial-list';
  return json({
    total_apps: all.length,
    apps: (isLossy ? page.filter(() => call.lot() < 0.7) : page).map(renderApp),
    ...(hasMore ? { next_cursor: encodeCursor(last.numericId) } : {}),
  });
}

export function createApp(call: Call): Answer {
  const body = bodyOf(call);
  const name = textOf(body['name']) ?? textOf(body['app_name']);
  if (name === undefined) throw new ApiError(400, 'name is required');
  const org = orgOf(call, textOf(body['org_slug']) ?? null);
  const app = call.world.addApp(name, org, call.actor);
  return json({ id: app.id, created_at: app.createdAtMs }, 201);
}

export function getApp(call: Call): Answer {
  return json(renderApp(appOf(call)));
}

export function deleteApp(call: Call): Answer {
  const app = appOf(call);
  if (countLiving(app) > 0 && !asFlag(call.query.get('force'))) {
    throw new ApiError(412, 'failed_precondition: app has machines, use force');
  }
  call.world.removeApp(app, call.actor);
  return { status: 202, body: '' };
}

export function currentToken(call: Call): Answer {
  const { grant, world } = call;
  const slugs = grant.orgs ?? [...world.orgs.keys()];
  const tokens = slugs.map((slug) => ({
    token_id: grant.name,
    organization: world.orgs.get(slug)?.id ?? '',
    org_slug: slug,
    apps: grant.apps ?? ['*'],
    user: grant.name,
    restricted_to_machine: '',
    source_machine_id: '',
  }));
  return json({ tokens });
}

export function listRegions(call: Call): Answer {
  const { regions } = call.engine.config;
  return json({ nearest: regions[0], regions: regions.map((code) => ({ code, name: code })) });
}
