/** That nothing of a token comes to light in errors, whoever repeats it. */
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { HttpFailure } from '../seams/http.js';
import { seededRandom } from '../seams/clock.js';
import { createFakeClock } from '../testing/fake-clock.js';
import { createHttpResponder, type Reply } from '../testing/http-responder.js';
import type { FlyActor, FlyReader } from '../seams/fly.js';
import { createFlyClient } from './index.js';

const never = new AbortController().signal;

/** It looks like no token that Fly makes, so that only who knows it can hide it. */
const SECRET = 'an-own-secret-of-no-known-form';

const CALLS: Record<string, (fly: FlyReader & FlyActor) => Promise<unknown>> = {
  'a read': (fly) => fly.listMachines('a', never),
  'a change': (fly) => fly.stopMachine('a', 'm1', 'n', never),
  'a query of GraphQL': (fly) => fly.currentRelease('a', never),
  'a query of GraphQL for several apps': (fly) =>
    Promise.all([fly.currentRelease('a', never), fly.currentRelease('b', never)]),
};

const REPLIES: Record<string, Reply> = {
  'an error': { status: 403, json: { error: `not for ${SECRET}` } },
  'an error that is tried again': { status: 503, body: `no backend for ${SECRET}` },
  "a page that is not Fly's": { status: 404, body: `no route for ${SECRET}` },
  'an error of GraphQL': { json: { data: null, errors: [{ message: `no access: ${SECRET}` }] } },
  'an error of GraphQL beside data': {
    json: { data: { app: null }, errors: [{ message: `no access: ${SECRET}`, path: ['app'] }] },
  },
  'a broken connection': new HttpFailure('reset', `while sending ${SECRET}`),
  'a mistake of ours': new HttpFailure('other', `invalid header: Bearer ${SECRET}`),
};

const CASES = Object.keys(CALLS).flatMap((call) =>
  Object.keys(REPLIES).map((reply) => [call, reply] as const),
);

it.each(CASES)('%s that is answered with %s tells no secret', async (call, reply) => {
  const clock = createFakeClock();
  const { http } = createHttpResponder(() => REPLIES[reply] ?? 'silence');
  const fly = createFlyClient({
    token: SECRET,
    http,
    clock,
    random: seededRandom(1),
    userAgent: 'fly-autoscaler/1.0.0',
  });
  const asked = CALLS[call]?.(fly).catch((error: unknown) => error) ?? Promise.resolve(null);
  const error = await clock.runUntil(asked);
  expect(inspect(error, { depth: 10 })).not.toContain(SECRET);
});

it('is told that something was hidden', async () => {
  const clock = createFakeClock();
  const { http } = createHttpResponder(() => ({ status: 403, json: { error: `no ${SECRET}` } }));
  const random = seededRandom(1);
  const fly = createFlyClient({ token: SECRET, http, clock, random, userAgent: 'test' });
  const list = clock.runUntil(fly.listMachines('a', never));
  await expect(list).rejects.toThrow('Fly answered 403: no [redacted]');
});
