import { describe, expect, it } from 'vitest';
import { createTestFly, TEST_TOKEN } from '../testing/fly-client.js';
import type { Reply } from '../testing/http-responder.js';

const never = new AbortController().signal;

describe('the release of an app', () => {
  const release = { id: 'r1', version: 7, status: 'running', createdAt: '2026-06-01T00:00:00Z' };
  const answer = (currentRelease: unknown): Reply => ({
    json: { data: { app: { currentRelease } } },
  });

  it('is asked of GraphQL with all tokens', async () => {
    const { fly, requests } = createTestFly(() => answer(release));
    expect(await fly.currentRelease('my-app', never)).toEqual({
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

  it('is null for an app that has none', async () => {
    const { fly } = createTestFly(() => answer(null));
    expect(await fly.currentRelease('my-app', never)).toBeNull();
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
