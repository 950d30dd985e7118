import { describe, expect, it } from 'vitest';
import { anInput, aPolicy, aRange, machines, samples } from '../../testing/builders.js';
import type { DecisionInput, Proposal } from '../model/decision.js';
import type { Machine } from '../model/machine.js';
import { grant, grantRequest, type FleetState, type Grant, type GrantRequest } from './grant.js';
import type { Policy } from '../model/policy.js';
import { propose } from '../decide/propose.js';
import { reason } from '../model/reason.js';
import { settle } from './settle.js';

const UNLIMITED = { most: null, used: 0 };
const fleet: FleetState = {
  maxMachines: null,
  knownMachines: 10,
  createsHeld: null,
  creates: UNLIMITED,
  removals: UNLIMITED,
};

function inputOf(have: readonly Machine[], policy: Partial<Policy>): DecisionInput {
  return anInput({ policy: aPolicy(policy), samples: samples({}), look: { machines: have } });
}

function proposal(have: number, wanted: number): Proposal {
  return propose(inputOf(machines(have), { created: aRange(String(wanted)) }));
}

/** So many machines, of which the first ones run. */
function startedOf(count: number, started: number): readonly Machine[] {
  const all = machines(count);
  return all.map((each, i) => (i < started ? each : { ...each, state: 'stopped' }));
}

function request(have: number, wanted: number): GrantRequest {
  const input = inputOf(machines(have), { created: aRange(String(wanted)) });
  return grantRequest(input, propose(input));
}

function creates(wants: readonly number[], state: FleetState): readonly number[] {
  const requests = wants.map((n) => request(1, 1 + n));
  return grant(requests, state).map((each) => each.creates);
}

describe('the fleet grants', () => {
  it('everything without a ceiling', () => {
    expect(creates([5, 3], fleet)).toEqual([5, 3]);
  });

  it('what room there is, one machine to each app in turn', () => {
    const tight = { ...fleet, maxMachines: 16 };
    expect(creates([9, 1, 9], tight)).toEqual([3, 1, 2]);
    expect(creates([9, 9], { ...fleet, maxMachines: 5 })).toEqual([0, 0]);
  });

  it('no creates while the quota is reached, and says so', () => {
    const held = { ...fleet, createsHeld: reason('quota-reached', 'until later') };
    const [granted] = grant([request(1, 4)], held);
    expect(granted).toMatchObject({ creates: 0, reasons: [{ code: 'quota-reached' }] });
  });

  it('no removals where it does not know enough, nor that those under way go on', () => {
    const why = reason('fleet-brake', '2 apps have not been judged');
    for (const [have, removals] of [
      [4, 0],
      [2, 0],
    ] as const) {
      const [granted] = grant([{ ...request(have, 2), removalsHeld: why }], fleet);
      expect(granted).toMatchObject({ removals, areRemovalsHeld: true, reasons: [why] });
    }
  });

  it('removals in full', () => {
    const [granted] = grant([request(4, 2)], { ...fleet, maxMachines: 1 });
    expect(granted).toMatchObject({ creates: 0, removals: 2, reasons: [] });
  });
});

describe('destroys that cannot happen', () => {
  const regionLimits = { iad: { min: 3, max: null }, ord: { min: 2, max: null } };
  const five = machines(5).map((each, i) => ({ ...each, region: i < 3 ? 'iad' : 'ord' }));
  const input = inputOf(five, { created: aRange('3'), started: aRange('3'), regionLimits });

  it.each([
    ['take no budget from stops, and say why they wait', 2, 0, 2, ['region-minimum']],
    ['leave a tight budget to them', 1, 0, 1, ['budget-spent', 'region-minimum']],
    ['are for the look that counts where there is no budget', null, 2, 2, []],
  ])('%s', (_name, most, removals, stops, codes) => {
    const limited = { ...fleet, removals: { most, used: 0 } };
    const [granted] = grant([grantRequest(input, propose(input))], limited);
    expect(granted).toMatchObject({ removals, stops });
    expect(granted?.reasons.map(({ code }) => code)).toEqual(codes);
  });
});

describe('settling', () => {
  const granted = (counts: Partial<Grant>): Grant => ({
    creates: 0,
    removals: 0,
    starts: 0,
    stops: 0,
    reasons: [],
    ...counts,
  });

  it.each([
    ['lowers growth to what was granted', 1, 6, { creates: 2 }, 3],
    ['lets less through as it is', 1, 2, { creates: 5 }, 2],
    ['holds the other direction', 1, 4, { removals: 3 }, 1],
    ['lowers removals to what was granted', 4, 2, { removals: 1 }, 3],
  ])('%s', (_name, have, want, counts, wanted) => {
    expect(settle(proposal(have, want), granted(counts)).created?.wanted).toBe(wanted);
  });

  it.each([
    ['lowers growth to what was granted', 1, 6, { starts: 2 }, 3],
    ['lowers stops to what was granted', 4, 2, { stops: 1 }, 3],
    ['holds stops that were not granted', 4, 2, {}, 4],
    ['grants no stop by what is granted of removals', 4, 2, { removals: 2 }, 4],
  ])('%s for a started count', (_name, have, want, counts, wanted) => {
    const policy = aPolicy({ started: aRange(String(want)) });
    const look = { machines: startedOf(6, have) };
    const fresh = propose(anInput({ policy, samples: samples({}), look }));
    expect(settle(fresh, granted(counts)).started?.wanted).toBe(wanted);
  });

  it('says that something waits for the next pass', () => {
    const codes = settle(proposal(1, 6), granted({ creates: 2 })).reasons.map((r) => r.code);
    expect(codes).toContain('fresh-look-differs');
  });
});
