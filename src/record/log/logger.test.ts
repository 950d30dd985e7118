import { pbkdf2 } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logDestination } from './logger.js';

describe('the destination of logs', () => {
  it('has written all lines, in their order, when it is flushed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'));
    const path = join(folder, 'log');
    const destination = logDestination(openSync(path, 'a'));
    // Every thread that writes files has work first, so that the first line is on its way for long.
    for (let job = 0; job < 16; job += 1) pbkdf2('', '', 100_000, 64, 'sha512', () => undefined);
    const lines = Array.from({ length: 100 }, (_, line) => `${line}\n`);
    for (const line of lines) destination.write(line);
    await destination.flush();
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
    await destination.flush();
    rmSync(folder, { recursive: true });
  });
});
