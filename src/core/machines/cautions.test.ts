import { describe, expect, it } from 'vitest';
import { aMachine, anInput, aPolicy, aRange, machines } from '../../testing/builders.js';
import type { Machine } from '../model/machine.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';
import type { Reason } from '../model/reason.js';

function cautionsOf(list: readonly Machine[], policy: Partial<Policy> = {}): readonly Reason[] {
  const input = anInput({
    policy: aPolicy({ created: aRange('3'), ...policy }),
    look: { machines: list },
  });
  const codes = ['proxy-autostop', 'stop-timeout-short', 'not-flyctls'];
  return propose(input).reasons.filter(({ code }) => codes.includes(code));
}

const DRAINING = {
  removal: { busyMetric: 'busy', drainTimeoutMs: 120_000, scaleIn: 'stop' },
} as const;

describe('what works against the policy is said', () => {
  it('nothing of machines that are as flyctl makes them', () => {
    expect(cautionsOf(machines(3))).toEqual([]);
  });

  it('of machines that are waited for longer than they have to stop', () => {
    const short = aMachine({ id: 'a', config: { image: 'i' } });
    const long = aMachine({ id: 'b', config: { image: 'i', stop_config: { timeout: '2m' } } });
    expect(cautionsOf([short, long], DRAINING)).toEqual([
      { code: 'stop-timeout-short', detail: 'kill_timeout 5s, drain-timeout 2m: a' },
    ]);
  });

  it('of stop timeouts no more than Fly allows', () => {
    const longest = aMachine({ config: { image: 'i', stop_config: { timeout: '300s' } } });
    const removal = { ...DRAINING.removal, drainTimeoutMs: 3_600_000 };
    expect(cautionsOf([longest], { removal })).toEqual([]);
  });

  it('nothing of stop timeouts where nobody is waited for', () => {
    expect(cautionsOf([aMachine({ config: { image: 'i' } })])).toEqual([]);
  });

  it('of machines that flyctl does not know as its own', () => {
    const { fly_platform_version: _, ...metadata } = aMachine().metadata;
    const raw = { ...aMachine({ id: 'raw' }), metadata };
    expect(cautionsOf([...machines(2), raw])).toEqual([{ code: 'not-flyctls', detail: 'raw' }]);
  });
});
