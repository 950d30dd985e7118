import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createTestFly, TEST_TOKEN } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

describe('the release of an app', () => {
  const release = { id: 'r1', version: 7, status: 'running', createdAt: '2026-06-01T00:00:00Z' };
  const answer = (currentRelease: unknown): Reply => ({
    json: { data: { app: { currentRelease } } },
  });

  it('is asked of GraphQL with all tokens', async () => {
    const { fly, clock, requests } = createTestFly(() => answer(release));
    expect(await clock.runUntil(fly.currentRelease('my-app', never))).toEqual({
      id: 'r1',
      version: 7,
      status: 'running',
      createdAtMs: Date.UTC(2026, 5, 1),
    });
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.fly.io/graphql',
      headers: { authorization: TEST_TOKEN, 'content-type': 'application/json' },
    });
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ variables: { appName: 'my-app' } });
  });

  it('rejects, and never throws, for a caller who has stopped waiting: others may have begun beside it', async () => {
    const { fly, requests } = createTestFly(() => answer(release));
    const read = fly.currentRelease('my-app', AbortSignal.abort(new Error('stopped')));
    await expect(read).rejects.toThrow('stopped');
    expect(requests).toEqual([]);
  });

  it('is null for an app that has none', async () => {
    const { fly, clock } = createTestFly(() => answer(null));
    expect(await clock.runUntil(fly.currentRelease('my-app', never))).toBeNull();
  });

  it.each<[string, unknown, string]>([
    [
      'Could not find App "nope"',
      { data: { app: null }, errors: [{ message: 'Could not find App "nope"' }] },
      'fly-not-found',
    ],
    ['no such app, without a word', { data: { app: null } }, 'fly-not-found'],
    [
      'a code',
      { data: null, errors: [{ message: 'x', extensions: { code: 'UNAUTHORIZED' } }] },
      'fly-unauthorized',
    ],
    ['Not authorized', { data: null, errors: [{ message: 'Not authorized' }] }, 'fly-forbidden'],
    [
      'a query that it refuses',
      { errors: [{ message: "Field 'x' doesn't exist on type 'App'" }] },
      'fly-bad-request',
    ],
    [
      'data beside an error',
      { data: { app: { currentRelease: null } }, errors: [{ message: 'boom' }] },
      'fly-unavailable',
    ],
    ['no data', {}, 'fly-bad-answer'],
    ['a list', [], 'fly-bad-answer'],
    ['half a release', { data: { app: { currentRelease: { id: 'r1' } } } }, 'fly-bad-answer'],
  ])('fails with the right code for %s', async (_, json, code) => {
    const { fly, clock } = createTestFly(() => ({ json, headers: { 'fly-request-id': 'g1' } }));
    const failed = clock.runUntil(fly.currentRelease('my-app', never));
    await expect(failed).rejects.toMatchObject({ name: 'AppError', code });
  });

  it('is asked for again when the server fails behind HTTP 200', async () => {
    const { fly, clock, requests } = createTestFly((_, index) =>
      index === 0
        ? { json: { data: { app: { currentRelease: null } }, errors: [{ message: 'boom' }] } }
        : answer(release),
    );
    await expect(clock.runUntil(fly.currentRelease('a', never))).resolves.toMatchObject({
      id: 'r1',
    });
    expect(requests).toHaveLength(2);
  });
});

describe('releases that are asked for within the same moment', () => {
  const release = (id: string) => ({
    currentRelease: { id, version: 1, status: 'complete', createdAt: '2026-06-01T00:00:00Z' },
  });
  interface Query {
    readonly query: string;
    readonly variables: Record<string, string>;
  }
  const queryOf = (body: string | undefined): Query => JSON.parse(body ?? '') as Query;
  /** Answers every app with a release of its name, but those that `broken` says otherwise of. */
  const server =
    (broken: (apps: readonly string[]) => Reply | null = () => null) =>
    ({ body }: { body?: string }): Reply => {
      const { variables } = queryOf(body);
      const apps = Object.values(variables);
      const reply = broken(apps);
      if (reply !== null) return reply;
      if (variables['appName'] !== undefined) {
        return { json: { data: { app: release(variables['appName']) } } };
      }
      return {
        json: { data: Object.fromEntries(apps.map((app, i) => [`a${i}`, release(app)])) },
      };
    };
  const ask = ({ fly, clock }: ReturnType<typeof createTestFly>, apps: readonly string[]) =>
    clock.runUntil(
      Promise.all(
        apps.map((app) =>
          fly.currentRelease(app, never).then(
            (found) => found?.id ?? null,
            (error: { code: string }) => error.code,
          ),
        ),
      ),
    );
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `app-${i}`);

  it('share requests of at most fifty', async () => {
    const one = createTestFly(server());
    const apps = names(120);
    expect(await ask(one, apps)).toEqual(apps);
    expect(one.requests).toHaveLength(3);
    expect(one.requests.map(({ body }) => Object.keys(queryOf(body).variables).length)).toEqual([
      50, 50, 20,
    ]);
    expect(queryOf(one.requests[0]?.body).query).toContain(
      'a49: app(name: $n49) { currentRelease: currentReleaseUnprocessed { id version status createdAt } }',
    );
  });

  it('are asked for once when two want the same one', async () => {
    const one = createTestFly(server());
    expect(await ask(one, ['a', 'a', 'b'])).toEqual(['a', 'a', 'b']);
    expect(Object.values(queryOf(one.requests[0]?.body).variables)).toEqual(['a', 'b']);
  });

  it('do not share the errors of one app', async () => {
    const one = createTestFly((request, index) =>
      index > 0
        ? server()(request)
        : {
            json: {
              data: { a0: null, a1: release('b'), a2: null, a3: { currentRelease: null } },
              errors: [
                { message: 'Could not find App "a"', path: ['a0'] },
                { message: 'boom', path: ['a2', 'currentRelease'] },
              ],
            },
          },
    );
    expect(await ask(one, ['a', 'b', 'c', 'd'])).toEqual(['fly-not-found', 'b', 'c', null]);
    // What failed for reasons of the server is asked for by itself.
    expect(queryOf(one.requests[1]?.body).variables).toEqual({ appName: 'c' });
    expect(one.requests).toHaveLength(2);
  });

  it('are asked for again one by one when an error names none of them', async () => {
    const one = createTestFly((request, index) =>
      index > 0
        ? server()(request)
        : {
            json: { data: { a0: release('a'), a1: null }, errors: [{ message: 'boom' }] },
          },
    );
    expect(await ask(one, ['a', 'b'])).toEqual(['a', 'b']);
    expect(one.requests).toHaveLength(3);
  });

  it('are asked for in halves where a query is too much, and in no larger ones for a while after that', async () => {
    let most = 20;
    const one = createTestFly(
      server((apps) =>
        apps.length > most
          ? { json: { errors: [{ message: 'Query has complexity of 9000, which exceeds 5000' }] } }
          : null,
      ),
    );
    const apps = names(40);
    expect(await ask(one, apps)).toEqual(apps);
    // One app is asked for alone first: the server does answer.
    expect(one.requests).toHaveLength(4);
    expect(await ask(one, apps)).toEqual(apps);
    expect(one.requests).toHaveLength(6);
    most = 40;
    await one.clock.advance(600_000);
    expect(await ask(one, apps)).toEqual(apps);
    expect(one.requests).toHaveLength(7);
  });

  const NOTHING = { data: { a0: null }, errors: [{ message: 'boom' }] };
  it.each<[string, Reply, string, number]>([
    ['is silent', 'silence', 'fly-timeout', 2],
    ['is unavailable', { status: 503, body: 'x' }, 'fly-unavailable', 8],
    ['could read none', { json: NOTHING }, 'fly-unavailable', 5],
    ['refuses every query', { json: { errors: [{ message: 'x' }] } }, 'fly-bad-request', 2],
    ['makes no sense', { json: [] }, 'fly-bad-answer', 2],
  ])('are not asked for one by one of a server that %s', async (_, reply, code, requests) => {
    let isDown = true;
    const one = createTestFly(server(() => (isDown ? reply : null)));
    const apps = names(50);
    for (const times of [1, 2, 3]) {
      expect(await ask(one, apps)).toEqual(apps.map(() => code));
      expect(one.requests).toHaveLength(times * requests);
    }
    isDown = false;
    expect(await ask(one, apps)).toEqual(apps);
    expect(one.requests).toHaveLength(3 * requests + 1);
  });

  it('have their answers the next time when the one that hangs was the first to be asked for alone', async () => {
    const one = createTestFly(server((apps) => (apps.includes('app-0') ? 'silence' : null)));
    const apps = names(10);
    expect(await ask(one, apps)).toEqual(apps.map(() => 'fly-timeout'));
    expect(await ask(one, apps)).toEqual(['fly-timeout', ...apps.slice(1)]);
    expect(one.requests).toHaveLength(2 + 11);
  });

  it('do not wait for one that hangs: it is asked for by itself from then on', async () => {
    const one = createTestFly(server((apps) => (apps.includes('app-3') ? 'silence' : null)));
    const apps = names(10);
    const answers = apps.map((app) => (app === 'app-3' ? 'fly-timeout' : app));
    expect(await ask(one, apps)).toEqual(answers);
    expect(one.requests).toHaveLength(11);
    const { clock, fly } = one;
    const beganAtMs = clock.elapsedMs();
    const took = apps.map((app) =>
      fly.currentRelease(app, never).then(
        () => clock.elapsedMs() - beganAtMs,
        () => clock.elapsedMs() - beganAtMs,
      ),
    );
    const tookMs = await clock.runUntil(Promise.all(took));
    expect(apps.filter((_, i) => tookMs[i]! > 100)).toEqual(['app-3']);
    expect(one.requests).toHaveLength(13);
  });

  it('are asked for together again once each was answered', async () => {
    let isDown = true;
    const one = createTestFly(server(() => (isDown ? 'silence' : null)));
    expect(await ask(one, ['a', 'b'])).toEqual(['fly-timeout', 'fly-timeout']);
    isDown = false;
    expect(await ask(one, ['a', 'b'])).toEqual(['a', 'b']);
    const before = one.requests.length;
    expect(await ask(one, ['a', 'b'])).toEqual(['a', 'b']);
    expect(one.requests).toHaveLength(before + 1);
  });

  it('fail together when the server does', async () => {
    const one = createTestFly(() => ({ status: 401, json: { error: 'who are you' } }));
    expect(await ask(one, ['a', 'b'])).toEqual(['fly-unauthorized', 'fly-unauthorized']);
    expect(one.requests).toHaveLength(1);
  });

  it('go on for those who still wait', async () => {
    const one = createTestFly(server());
    const leaving = new AbortController();
    const left = one.fly.currentRelease('a', leaving.signal).catch((error: unknown) => error);
    const stays = one.fly.currentRelease('b', never);
    leaving.abort(new Error('over'));
    expect(await left).toMatchObject({ message: 'over' });
    expect(await one.clock.runUntil(stays)).toMatchObject({ id: 'b' });
  });
});
