/** What a request gives: query and body, bounded and checked for form. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { Refusal } from './refusal.js';

const MAX_BODY_BYTES = 64 * 1024;

/** Texts that stand for numbers or switches become them where the schema has such. */
export function readQuery(
  text: string,
  schema: z.ZodObject,
): Readonly<Record<string, unknown>> | Refusal {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of new URLSearchParams(text)) {
    if (key in values) {
      return new Refusal(400, `${key} is given twice in the query`, { hint: 'give it once' });
    }
    values[key] = fitted(
      value,
      kindOf(Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined),
    );
  }
  return { ...values };
}

function fitted(text: string, kind: string | undefined): unknown {
  if (kind === 'number' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** The kind of what a default or an option wraps. */
function kindOf(schema: z.core.$ZodType | undefined): string | undefined {
  const def = schema?._zod.def as { type: string; innerType?: z.core.$ZodType } | undefined;
  return def?.innerType === undefined ? def?.type : kindOf(def.innerType);
}

/** A request without a body gives an empty object. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes instanceof Refusal) return bytes;
  if (bytes.length === 0) return {};
  const refusal = refuseType(request);
  if (refusal !== null) return refusal;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    return new Refusal(400, 'the body is not JSON', { hint: 'send one JSON object as UTF-8' });
  }
}

function refuseType({ headers }: IncomingMessage): Refusal | null {
  const isJson = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i.test(
    headers['content-type']?.trim() ?? '',
  );
  if (isJson && (headers['content-encoding'] ?? 'identity') === 'identity') return null;
  return new Refusal(415, 'the body must be JSON', {
    hint: 'send "Content-Type: application/json", not compressed',
  });
}

const TOO_LONG = new Refusal(413, `the body is longer than ${MAX_BODY_BYTES / 1024} KiB`, {
  hint: 'no request needs as much',
  // What is left of it is not read.
  headers: { connection: 'close' },
});

async function readBytes(request: IncomingMessage): Promise<Buffer | Refusal> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return TOO_LONG;
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      length += part.length;
      if (length <= MAX_BODY_BYTES) parts.push(part);
      else {
        request.pause();
        resolve(TOO_LONG);
      }
    });
    request.once('end', () => resolve(Buffer.concat(parts)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the request ended early')));
  });
}
