import { z } from 'zod';
import { jsonEndpoint, type Endpoint } from './endpoint.js';
import { Refusal } from './refusal.js';
import { appJson, pauseFinder } from './render.js';
import { app, named, nothing } from './schemas.js';

export const appName = z.strictObject({ name: z.string().describe('Name of the app.') });

const appPage = z.strictObject({
  apps: z.array(app),
  total: z.number().describe('Apps in the fleet.'),
  next: z.string().nullable().describe('`after` of the next page; null: this is the last.'),
});
named.add(appPage, { id: 'AppPage' });

export const appEndpoints: readonly Endpoint[] = [
  jsonEndpoint({
    method: 'GET',
    path: '/apps',
    access: 'read',
    summary: 'The apps of the fleet, by name.',
    details: 'An app is there once it was judged. `app-2` comes before `app-10`.',
    params: nothing,
    query: z.strictObject({
      limit: z.number().int().min(1).max(1000).default(100).describe('Apps on a page.'),
      after: z.string().optional().describe('Apps whose name comes after this one.'),
    }),
    body: nothing,
    answer: appPage,
    handle: ({ view, operator }, { query: { limit, after } }) => {
      const pausesOf = pauseFinder(operator.pauses());
      const names = view.names(after ?? null, limit + 1);
      const shown = names.slice(0, limit);
      return {
        apps: shown.map((name) => appJson(name, view.app(name), pausesOf(name))),
        total: view.size,
        next: names.length > limit ? (shown.at(-1) ?? null) : null,
      };
    },
  }),
  jsonEndpoint({
    method: 'GET',
    path: '/apps/{name}',
    access: 'read',
    summary: 'One app.',
    params: appName,
    query: nothing,
    body: nothing,
    answer: app,
    handle: ({ view, operator }, { params: { name } }) => {
      const found = view.app(name);
      if (found.length === 0) return noSuchApp(name);
      return appJson(name, found, pauseFinder(operator.pauses())(name));
    },
  }),
];

function noSuchApp(name: string): Refusal {
  return new Refusal(404, `the fleet has no app "${name}", or it was not judged yet`, {
    hint: 'GET /api/v1/apps lists them',
  });
}
