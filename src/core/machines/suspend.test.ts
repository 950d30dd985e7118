import { expect, it } from 'vitest';
import { aMachine, T0 } from '../../testing/builders.js';
import type { MachineConfig } from '../model/machine.js';
import { whyNotSuspend } from './suspend.js';

it.each<[MachineConfig | null, string | null]>([
  [{}, null],
  [{ guest: { memory_mb: 2048 } }, null],
  [{ guest: { memory_mb: 2049 } }, 'it has 2049 MB of memory, at most 2048 can be suspended'],
  [{ init: { swap_size_mb: 512 } }, 'it has swap'],
  [{ init: { swap_size_mb: 0 } }, null],
  [{ guest: { gpu_kind: 'a10', gpus: 1 } }, 'it has a GPU'],
  [{ guest: { gpus: 0, gpu_kind: '' } }, null],
  [{ schedule: 'daily' }, 'it runs on a schedule'],
  [null, 'its configuration is unknown'],
])('a machine with %j can be suspended unless: %s', (config, expected) => {
  expect(whyNotSuspend(aMachine({ config }))).toBe(expected);
});

it('a machine that was not updated for years cannot', () => {
  const updatedAtMs = Date.UTC(2024, 5, 19);
  expect(whyNotSuspend(aMachine({ updatedAtMs }))).toMatch(/last updated/);
  expect(whyNotSuspend(aMachine({ updatedAtMs: T0 }))).toBe(null);
});
