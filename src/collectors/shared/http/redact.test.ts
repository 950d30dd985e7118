import { expect, it } from 'vitest';
import { redactor, trimmed } from './redact.js';

it('takes secrets out as they are, as in addresses and as in basic authentication', () => {
  const redact = redactor(['fm2_a/b+c', undefined, '']);
  const base64 = Buffer.from('fm2_a/b+c').toString('base64');
  expect(redact(`x fm2_a/b+c y ${encodeURIComponent('fm2_a/b+c')} z ${base64}`)).toBe(
    'x *** y *** z ***',
  );
});

it('takes out the longer of two that overlap first', () => {
  expect(redactor(['abc', 'abcdef'])('abcdef abc')).toBe('*** ***');
});

it('puts long text on one short line', () => {
  expect(trimmed(' a\n  b ')).toBe('a b');
  expect(trimmed('x'.repeat(400))).toBe(`${'x'.repeat(300)}...`);
});

it('leaves no part of a secret where it cuts a long text', () => {
  const secret = 'secret-0123456789'.repeat(20);
  const shown = redactor([secret])(secret.repeat(100));
  expect(shown).toMatch(/^\**$/);
  expect(redactor([secret])('x'.repeat(1_000_000)).length).toBeLessThan(10_000);
});
