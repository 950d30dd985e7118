import { z } from 'zod';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
]);

/** A number of bytes as people write it ("512 MB", "1.5GiB", "1000000"); undefined when it is none. */
export function parseSizeBytes(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  if (digits === undefined || factor === undefined) return undefined;
  const bytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** In bytes once parsed. */
export function size(leastBytes: number, leastText: string): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const bytes = parseSizeBytes(text);
    if (bytes === undefined) {
      context.addIssue({ code: 'custom', message: `not a size such as 512 MB or 1 GiB: ${text}` });
      return z.NEVER;
    }
    if (bytes < leastBytes) {
      context.addIssue({ code: 'custom', message: `must be at least ${leastText}, got ${text}` });
    }
    return bytes;
  });
}
