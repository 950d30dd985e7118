/**
 * What can go wrong with one request. `-before`: nothing happened on the server; `-after`: it did, and the client does not know.
 * - `rate-limited`: 429.
 * - `unavailable-*`: 502 or 503 (`status` chooses), with a body that is not JSON half of the time.
 * - `timeout-after`: 408 although it was done.
 * - `reset-*`: the connection breaks.
 * - `hung-*`: no answer, ever.
 * - `slow`: done at once, answered late.
 * - `non-json`: done, status 200, a page of HTML.
 * - `truncated`: done, the body ends early.
 * - `partial-list`: a list says that it lacks something (GraphQL errors, error_regions, isPartial).
 * - `silent-partial-list`: a list of apps, of an app's machines or of the organization's lacks some entries, of machines
 *   perhaps those of one region, and does not say so.
 * - `empty-result`, `nan-result`: Prometheus only.
 * - `odd-entry`: done; one field of one machine, app, volume or lease of the answer is missing or of another type.
 * - `gateway-page`: nothing is done; something before Fly answers 404 with a page of its own.
 */
export const FAULT_KINDS = [
  'rate-limited',
  'unavailable-before',
  'unavailable-after',
  'timeout-after',
  'reset-before',
  'reset-after',
  'hung-before',
  'hung-after',
  'slow',
  'non-json',
  'truncated',
  'partial-list',
  'silent-partial-list',
  'empty-result',
  'nan-result',
  'odd-entry',
  'gateway-page',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
