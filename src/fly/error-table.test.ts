import { describe, expect, it } from 'vitest';
import { DeadlineExceeded } from '../seams/clock.js';
import { HttpFailure, parseRetryAfterMs } from '../seams/http.js';
import { badAnswer, errorOfFailure, errorOfStatus, type CallInfo } from './error-table.js';
import { createRedact } from './redact.js';

const redact = createRedact([]);
const write: CallInfo = { what: 'create machine fas-1 of my-app', isRead: false };
const read: CallInfo = { what: 'list machines of my-app', isRead: true };

const error = (text: string, status?: string): string => JSON.stringify({ error: text, status });

it.each([
  [409, 'already_exists: unique machine name violation in lease-broker', 'fly-name-taken'],
  [409, 'aborted: machine update failed in lease-broker', 'fly-conflict'],
  [404, 'app volume-store not found', 'fly-not-found'],
  [412, 'failed_precondition: unable to destroy machine of volume-store', 'fly-precondition'],
])('%i "%s" is not misread for the name of the app: %s', (status, error, code) => {
  const response = { status, headers: {}, body: JSON.stringify({ error }) };
  expect(errorOfStatus(write, response, 0, redact).code).toBe(code);
});

describe('an answer that is not a success', () => {
  it.each([
    [400, error('bad params'), 'fly-bad-request', false],
    [401, error('token missing'), 'fly-unauthorized', false],
    [403, error('forbidden'), 'fly-forbidden', false],
    [
      403,
      error(
        'organization "Acme" is using 1970176 MB of memory in dfw which is over the allowed quota. please consider other regions',
      ),
      'fly-no-capacity',
      false,
    ],
    [403, error('insufficient permissions'), 'fly-forbidden', false],
    [
      403,
      error('Your organization has reached its machine limit. Please contact billing@fly.io'),
      'fly-quota',
      false,
    ],
    [400, error('no capacity'), 'fly-no-capacity', false],
    [422, error('over the allowed quota. please consider other regions'), 'fly-no-capacity', false],
    [404, error('machine not found'), 'fly-not-found', false],
    [404, '<html>', 'fly-bad-answer', true],
    [404, error('not_found: volume vol_x not found'), 'fly-volume-unavailable', false],
    [408, error('deadline_exceeded: machine failed to reach'), 'fly-timeout', true],
    [
      409,
      '{"status":"error","message":"machine ID x lease currently held by y, expires at z"}',
      'fly-lease-held',
      false,
    ],
    [409, error('machine ID x lease currently held by y'), 'fly-lease-held', false],
    [409, error('aborted: machine still attempting to start'), 'fly-conflict', false],
    [409, error('aborted: release is newer'), 'fly-conflict', false],
    [409, error('aborted: machine update failed due to concurrent update'), 'fly-conflict', false],
    [
      409,
      error('aborted: could not reserve resource for machine: insufficient memory available'),
      'fly-no-capacity',
      false,
    ],
    [
      409,
      error('aborted: insufficient resources available to fulfill request'),
      'fly-no-capacity',
      false,
    ],
    [409, error('aborted: no capacity'), 'fly-no-capacity', false],
    [409, error('already_exists: unique machine name violation'), 'fly-name-taken', false],
    [
      412,
      error("failed_precondition: unable to start machine from current state: 'created'"),
      'fly-precondition',
      false,
    ],
    [
      412,
      error('failed_precondition: machine still active, refusing to start'),
      'fly-precondition',
      false,
    ],
    [
      412,
      error("insufficient resources to create new machine with existing volume id 'vol_x'"),
      'fly-volume-unavailable',
      false,
    ],
    [412, error('no room', 'volume_placement_capacity'), 'fly-volume-unavailable', false],
    [412, error('volume already claimed by machine x'), 'fly-volume-unavailable', false],
    [422, error('could not find a candidate host'), 'fly-no-capacity', false],
    [422, error('sorry', 'insufficient_capacity'), 'fly-no-capacity', false],
    [
      422,
      error('Your organization has reached its machine limit. Please contact billing@fly.io'),
      'fly-quota',
      false,
    ],
    [
      422,
      error('Validation failed: Name has already been taken', 'name_taken'),
      'fly-name-taken',
      false,
    ],
    [422, error('invalid config.image'), 'fly-bad-request', false],
    [429, error('rate limit exceeded'), 'fly-rate-limited', false],
    [500, '', 'fly-unavailable', true],
    [502, '<html>Bad Gateway</html>', 'fly-unavailable', true],
    [503, '[]', 'fly-unavailable', true],
    [504, 'null', 'fly-unavailable', true],
    [302, '', 'fly-bad-answer', true],
  ])('%d %s is %s', (status, body, code, isAmbiguous) => {
    const headers = { 'fly-request-id': '01J-x' };
    const response = { status, headers, body };
    expect(errorOfStatus(write, response, 0, redact)).toMatchObject({
      code,
      status,
      isAmbiguous,
      requestId: '01J-x',
    });
    expect(errorOfStatus(read, response, 0, redact)).toMatchObject({ code, isAmbiguous: false });
  });

  it("carries Fly's text, cut and without secrets", () => {
    const body = JSON.stringify({
      error: `no good: fm2_${'s'.repeat(400)} ${'long '.repeat(200)}`,
    });
    const { message } = errorOfStatus(write, { status: 400, headers: {}, body }, 0, redact);
    expect(message).toContain(
      'create machine fas-1 of my-app: Fly answered 400: no good: [redacted]',
    );
    expect(message).not.toContain('sss');
    expect(message.length).toBeLessThan(400);
  });

  it('says who can mend it and how', () => {
    const response = { status: 401, headers: {}, body: '' };
    const { owner, hint, isRetryable } = errorOfStatus(read, response, 0, redact);
    expect({ owner, isRetryable }).toEqual({ owner: 'user', isRetryable: false });
    expect(hint).toContain('FAS_API_TOKEN');
  });
});

describe('Retry-After', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  it.each([
    [undefined, undefined],
    ['3', 3000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:00:07 GMT', 7000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
  ])('%j is %j ms', (value, ms) => {
    expect(parseRetryAfterMs(value, nowMs)).toBe(ms);
  });
});

describe('no whole answer', () => {
  it.each([
    ['refused', 'fly-unreachable', false],
    ['unresolved', 'fly-unreachable', false],
    ['tls', 'fly-unreachable', false],
    ['reset', 'fly-unreachable', true],
    ['other', 'fly-unreachable', true],
    ['truncated', 'fly-bad-answer', true],
    ['too-large', 'fly-bad-answer', true],
  ] as const)('%s is %s, and leaves a change open: %s', (kind, code, isAmbiguous) => {
    const failure = new HttpFailure(kind, 'ECONN');
    expect(errorOfFailure(write, failure, redact)).toMatchObject({ code, isAmbiguous });
    expect(errorOfFailure(read, failure, redact)).toMatchObject({ code, isAmbiguous: false });
  });

  it('within the deadline is a timeout', () => {
    const late = new DeadlineExceeded(10_000);
    expect(errorOfFailure(write, late, redact)).toMatchObject({
      code: 'fly-timeout',
      isAmbiguous: true,
      message: 'create machine fas-1 of my-app: no answer within 10000 ms',
    });
  });

  it('for a reason of our own is internal', () => {
    expect(errorOfFailure(read, new TypeError('x is not a function'), redact).code).toBe(
      'internal',
    );
  });
});

it('a success of the wrong shape leaves a change open', () => {
  const response = { status: 200, headers: {}, body: '' };
  expect(badAnswer(write, response, 'not JSON').isAmbiguous).toBe(true);
  expect(badAnswer(read, response, 'not JSON').isAmbiguous).toBe(false);
});
