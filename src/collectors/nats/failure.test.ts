import { errors } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { meaningOf } from './failure.js';

const violation = new errors.PermissionViolationError('no', 'publish', '$JS.API.INFO', undefined);
const nobody = new errors.NoRespondersError('$JS.API.STREAM.INFO.JOBS');

it.each([
  [new errors.AuthorizationError('no'), 'source-unauthorized'],
  [new errors.UserAuthenticationExpiredError('no'), 'source-unauthorized'],
  [violation, 'source-unauthorized'],
  [new errors.RequestError('no', { cause: violation }), 'source-unauthorized'],
  [nobody, 'source-unavailable'],
  [new errors.RequestError('no', { cause: nobody }), 'source-unavailable'],
  [new errors.TimeoutError(), 'source-timeout'],
  [new errors.ConnectionError('no'), 'source-unreachable'],
  [new errors.ClosedConnectionError(), 'source-unreachable'],
])("knows the driver's own %s", (error, code) => {
  expect(meaningOf(error).code).toBe(code);
});
