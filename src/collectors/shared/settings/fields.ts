/** Settings that several collectors have. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { duration, setting } from '../../../seams/schema.js';

/** Text with something in it; spaces and line ends around it are dropped, as secrets often carry one. */
export function textField(): z.ZodType<string, string> {
  return z.string().trim().min(1, { error: 'must not be empty' });
}

/** A header value: HTTP clients throw on anything but printable ASCII. */
export function credentialField(): z.ZodType<string, string> {
  return textField().refine((text) => /^[ -~]+$/.test(text), {
    error: 'must be one line of plain ASCII characters',
  });
}

/** Names and texts: a map, or a text with a line "name: value" for each. */
export function textMapField() {
  return z
    .union([z.string(), z.record(z.string(), z.string())])
    .default({})
    .transform((written, context): Readonly<Record<string, string>> => {
      if (typeof written !== 'string') return written;
      const lines = written.split('\n').filter((line) => line.trim() !== '');
      const pairs = lines.map((line) => /^\s*([^:\s]+)\s*:(.*)$/.exec(line));
      if (pairs.includes(null)) {
        // A value may be a secret, so it is not shown.
        context.addIssue({ code: 'custom', message: 'must have lines "name: value"' });
        return z.NEVER;
      }
      return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2]?.trim() ?? '']));
    });
}

/** One or more certificates, PEM. */
export function certificateField(): z.ZodType<string, string> {
  return pemField('a certificate', (pem) => new X509Certificate(pem));
}

/** A private key without a passphrase, PEM. */
export function privateKeyField(): z.ZodType<string, string> {
  return pemField('a private key', (pem) => createPrivateKey(pem));
}

/** `\\n` written as two characters is read as a line break, since some secret stores cannot keep one. */
function pemField(what: string, parse: (pem: string) => unknown): z.ZodType<string, string> {
  return textField()
    .transform((text) => (text.includes('\n') ? text : text.replaceAll('\\n', '\n')))
    .superRefine((pem, context) => {
      try {
        parse(pem);
      } catch {
        // What the parser says may quote what it was given.
        context.addIssue({ code: 'custom', message: `must be ${what} in PEM` });
      }
    });
}

export const metricName = setting(textField(), {
  description: 'The name of the metric in expressions.',
  example: 'queue_depth',
});

export const timeout = setting(duration().optional(), {
  description:
    'How long one collection may take, for all apps together; no longer than the general timeout.',
  example: '10s',
  defaultText: 'the general timeout',
});

export const defaultValue = setting(z.number().optional(), {
  description: 'The value when the source answers that it has none. Errors never become it.',
  example: '0',
});
