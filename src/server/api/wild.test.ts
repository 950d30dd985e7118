import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN, anApiRig, type ApiRig } from '../../testing/api-rig.js';
import { failure } from './schemas.js';
import { endpoints } from './table.js';

let api: ApiRig;
beforeAll(async () => {
  api = await anApiRig();
});
afterAll(() => api.close());

const word = fc.oneof(
  fc.constantFrom('my-app-1', '*', '__proto__', 'constructor', '..', '%', '%00', '%2F', ' ', '0'),
  fc.webFragments(),
);
const templates = endpoints.filter(({ kind }) => kind === 'json').map(({ path }) => path);
const path = fc
  .tuple(fc.constantFrom(...templates, '/events/', '/nothing'), word, fc.webQueryParameters())
  .map(([template, name, query]) => `${template.replaceAll(/\{\w+\}/g, name)}?${query}`)
  .map((text) => text.replaceAll(/[^\x21-\x7e]/g, '_'));
const body = fc.oneof(
  fc.json(),
  fc.string(),
  fc
    .record(
      {
        app: fc.oneof(fc.constantFrom(null, 'x', 'my-*'), fc.jsonValue()),
        mode: fc.oneof(fc.constantFrom('in', 'at', 'toString'), fc.jsonValue()),
        count: fc.oneof(fc.double(), fc.jsonValue()),
        for: fc.oneof(fc.constantFrom('1h', '-1h', '9e99h', ''), fc.jsonValue()),
        until: fc.oneof(fc.constantFrom('2026-12-01T00:00:00Z', '+999999-'), fc.jsonValue()),
        policy: fc.oneof(fc.constantFrom('default', null, '__proto__'), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);

it('answers whatever is asked with its JSON, and with nothing that nobody foresaw', async () => {
  const headers = { authorization: `Bearer ${ADMIN}` };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
      path,
      body,
      async (method, target, text) => {
        const asked = method === 'POST' ? { headers, body: text } : { headers };
        const answer = await api.raw(method, `/api/v1${target}`, asked);
        const json: unknown = JSON.parse(answer.text);
        if (answer.status !== 200) failure.parse(json);
        expect([200, 400, 404, 405, 415]).toContain(answer.status);
        expect(api.failures).toEqual([]);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});
