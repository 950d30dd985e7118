import { describe, expect, it } from 'vitest';
import { aPolicy, aRange, anInput, machines, samples } from '../../testing/builders.js';
import { plan } from '../plan/plan.js';
import { propose } from './propose.js';
import { reason } from '../model/reason.js';
import { recompute } from '../fleet-wide/recompute.js';
import { settle } from '../fleet-wide/settle.js';

const grown = anInput({
  policy: aPolicy({
    created: aRange('queue'),
    caps: { maxMachinesPerApp: 1000, maxCreatePerPass: 4, maxRemovePerPass: null },
  }),
  samples: samples({ queue: 20 }),
  look: { machines: machines(3) },
});

describe('the trace of a decision', () => {
  it('is empty when no step changes anything', () => {
    expect(propose({ ...grown, samples: samples({ queue: 5 }) }).steps).toEqual([]);
  });

  it('names the step, and what it made of the count', () => {
    expect(propose(grown).steps).toEqual([
      {
        step: 'ceilings',
        created: { before: 20, after: 7 },
        started: null,
        reasons: [reason('capped', '17 creates wanted, at most 4 in a pass')],
      },
    ]);
  });

  it('names a step that says nothing of its own', () => {
    const stale = { kind: 'stale', value: 1, atMs: 0, ageMs: 1 } as const;
    const input = { ...grown, policy: aPolicy({ created: aRange('queue ?? 1') }) };
    expect(propose({ ...input, samples: samples({ queue: stale }) }).steps).toEqual([
      {
        step: 'shrink-only-when-allowed',
        created: { before: 1, after: 3 },
        started: null,
        reasons: [],
      },
    ]);
  });

  it('ends with what the fleet granted', () => {
    const why = reason('fleet-capped', 'x');
    const grant = { creates: 1, removals: 0, starts: 0, stops: 0, reasons: [why] };
    expect(settle(propose(grown), grant).steps.at(-1)).toEqual({
      step: 'grant',
      created: { before: 7, after: 4 },
      started: null,
      reasons: [why],
    });
  });
});

describe('a decision', () => {
  it('is the same when it is computed again, with the names that were given', () => {
    const grant = { creates: 2, removals: 0, starts: 0, stops: 0, reasons: [] };
    const input = { ...grown, look: { ...grown.look, isSecondList: true } };
    const proposal = settle(propose(input), grant);
    let n = 0;
    const planned = plan(input, proposal, () => `fas-${(n += 1)}`);
    expect(planned.creates.map(({ launchId }) => launchId)).toEqual(['fas-1', 'fas-2']);
    expect(proposal.reasons.map(({ code }) => code)).toContain('young-machines');
    expect(recompute({ input, grant, proposal, plan: planned })).toEqual({
      proposal,
      plan: planned,
    });
    expect(recompute({ input, grant, proposal, plan: null })).toEqual({ proposal, plan: null });
    const fresh = propose(input);
    const unasked = { input, grant: null, proposal: fresh, plan: null };
    expect(recompute(unasked)).toEqual({ proposal: fresh, plan: null });
  });

  it('is proposed alike before and after the volumes were read', () => {
    const mounts = [{ volume: 'vol_1', name: 'data', path: '/data' }];
    const look = {
      ...grown.look,
      machines: machines(3, { config: { image: 'x', metadata: {}, mounts } }),
    };
    const unread = propose({ ...grown, look: { ...look, volumes: 'unread' } });
    expect(propose({ ...grown, look: { ...look, volumes: [] } })).toEqual(unread);
  });
});
