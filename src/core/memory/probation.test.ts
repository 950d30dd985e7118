import { describe, expect, it } from 'vitest';
import { aMachine, aRelease } from '../../testing/builders.js';
import type { Machine } from '../model/machine.js';
import { afterCreate, observe } from './memory.js';
import { type AppMemory, EMPTY_MEMORY } from '../model/app-memory.js';

const MINUTE = 60_000;
const at = (elapsedMs: number) => ({ wallMs: 0, elapsedMs });
const release = aRelease();
const next = aRelease({ id: 'rel2', version: 2 });

const made = (more: object = {}): AppMemory =>
  afterCreate(EMPTY_MEMORY, { id: 'x' }, 'app', at(0), { releaseId: release.id, ...more });
const seen = (machine: Partial<Machine>, memory = made()): AppMemory =>
  observe(memory, [aMachine({ id: 'x', ...machine })], at(20_000));
const crash = { atMs: 1, exitCode: 1, isOomKilled: false, wasRequested: false };

const hasFailed = (memory: AppMemory): boolean => memory.createBackoff['app'] !== undefined;

describe('a machine of ours that is gone within five minutes', () => {
  it.each<[string, AppMemory, typeof release | 'unread', boolean]>([
    ['ran: somebody destroyed it', seen({}), release, false],
    ['ran, as a screen finds', seen({}), 'unread', false],
    ['rested: somebody destroyed it', seen({ state: 'stopped', neverRan: true }), release, false],
    ['was being updated', seen({ state: 'replacing' }), release, false],
    ['was never seen: Fly could not launch it', made(), release, true],
    ['was seen when it was made only', seen({ state: 'created' }), release, true],
    ['was on its way up', seen({ state: 'starting' }), release, true],
    ['was never seen, and a deploy replaced it', made(), next, false],
    ['was never seen, and nobody knows of a deploy yet', made(), 'unread', false],
    ['had crashed before', seen({ state: 'stopped', lastExit: crash }), release, true],
    ['had crashed and ran again', seen({ lastExit: crash }), release, false],
    ['destroys itself when it ends', seen({}, made({ destroysItself: true })), release, true],
    ['destroys itself, after a deploy', seen({}, made({ destroysItself: true })), next, false],
  ])('%s', (_name, memory, newest, isFailure) => {
    expect(hasFailed(observe(memory, [], at(MINUTE), newest))).toBe(isFailure);
  });

  it('is judged by the look that reads the release, when a screen saw it vanish', () => {
    const open = observe(made(), [], at(10_000));
    expect(hasFailed(observe(open, [], at(12_000), release))).toBe(true);
    expect(hasFailed(observe(open, [], at(12_000), next))).toBe(false);
  });

  it('is no matter after that: what a deploy took stays explained', () => {
    const removed = observe(made(), [], at(10_000), next);
    expect(hasFailed(observe(removed, [], at(20_000), release))).toBe(false);
    expect(observe(removed, [], at(5 * MINUTE), release).probation).toEqual([]);
  });

  it('failed when Fly says so', () => {
    const failed = aMachine({ id: 'x', state: 'launch_failed' });
    expect(hasFailed(observe(made(), [failed], at(5000)))).toBe(true);
    const reaped = aMachine({ id: 'x', state: 'destroying', lastExit: crash });
    expect(hasFailed(observe(made(), [reaped], at(5000)))).toBe(true);
  });
});
