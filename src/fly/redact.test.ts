import { expect, it } from 'vitest';
import { createRedact } from './redact.js';

const redact = createRedact(['own-token-without-a-prefix', 'short']);

it.each([
  ['token fm2_lJPECAAA/+x==: expired', 'token [redacted]: expired'],
  ['fm1r_abc,fm1a_def;fo1_ghi-jk', '[redacted],[redacted];[redacted]'],
  ['Authorization: FlyV1 anything,at.all', 'Authorization: [redacted]'],
  ['sent "Bearer abcdefghijklmnopqrstuvwx"', 'sent "[redacted]"'],
  ['saw own-token-without-a-prefix twice', 'saw [redacted] twice'],
  ['Bearer token required, a short one', 'Bearer token required, a short one'],
])('%j becomes %j', (text, safe) => {
  expect(redact(text)).toBe(safe);
});
