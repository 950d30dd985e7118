import { describe, expect, it } from 'vitest';
import { formatRemovalMark, removalMark } from '../../core/machines/marks.js';
import { unnamedId, type ListedMachine } from '../../core/model/machine.js';
import { aMachine, machines, T0 } from '../../testing/builders.js';
import { createFakeClock } from '../../testing/fake-clock.js';
import { SeenMachines } from './seen.js';

function aSight() {
  const clock = createFakeClock();
  const seen = new SeenMachines(clock);
  return { clock, seen, absent: () => seen.absentFrom('web', []).map(({ id }) => id) };
}

const told = (id: string, state = 'started'): ListedMachine => ({
  id,
  app: 'web',
  state,
  region: 'iad',
  version: 'v1',
  updatedAtMs: 0,
});

describe('what was seen', () => {
  it('is absent from the first list that lacks it until a list shows it', () => {
    const { seen, absent } = aSight();
    seen.take('web', machines(3), 0);
    expect(absent()).toEqual([]);
    seen.take('web', machines(1), 1);
    expect(absent()).toEqual(['m2', 'm3']);
    expect(seen.absentMachines).toBe(2);
    seen.take('web', machines(2), 2);
    expect(absent()).toEqual(['m3']);
    seen.take('web', machines(3), 3);
    expect([absent(), seen.absentMachines, seen.incompleteApps]).toEqual([[], 0, []]);
  });

  it.each(['destroying', 'destroyed', 'replaced'])('is gone when a list shows it %s', (state) => {
    const { seen, absent } = aSight();
    seen.take('web', machines(2), 0);
    seen.take('web', [aMachine(), aMachine({ id: 'm2', state })], 1);
    seen.take('web', machines(1), 2);
    expect(absent()).toEqual([]);
  });

  it('is gone when another list shows it destroyed, and that list may not bring it back', () => {
    const { seen, absent } = aSight();
    seen.take('web', machines(2), 0);
    seen.hear(told('m2', 'destroyed'));
    seen.hear(told('m2'));
    seen.take('web', machines(1), 1);
    expect(absent()).toEqual([]);
  });

  it('is not taught by a list that was asked for earlier', () => {
    const { seen, absent } = aSight();
    seen.take('web', machines(2), 10);
    seen.take('web', machines(1), 5);
    expect(absent()).toEqual([]);
  });

  it('stays gone where a list that was asked for before its end shows it', () => {
    const { clock, seen, absent } = aSight();
    seen.take('web', machines(2), clock.elapsedMs());
    const readAtMs = clock.elapsedMs();
    void clock.advance(100);
    seen.forget('web', 'm2');
    seen.take('web', machines(2), readAtMs - 1);
    seen.take('web', machines(1), clock.elapsedMs() + 1);
    expect(absent()).toEqual([]);
  });

  it('holds what we made until a list shows it', () => {
    const { seen, absent } = aSight();
    seen.take('web', machines(1), 0);
    seen.made('web', aMachine({ id: 'm2' }));
    expect(absent()).toEqual(['m2']);
    seen.take('web', machines(1), 1);
    expect(absent()).toEqual(['m2']);
    seen.take('web', machines(2), 2);
    expect(absent()).toEqual([]);
  });

  it('is on its way out no more, as far as anybody knows, until Fly says so again', () => {
    const { seen } = aSight();
    const mark = { machine: 'm2', goal: 'destroy', reason: '', deadline: '' } as const;
    const marked = aMachine({ id: 'm2', metadata: { 'fas-remove': formatRemovalMark(mark) } });
    seen.take('web', [aMachine(), marked], 0);
    seen.take('web', [aMachine()], 1);
    const goals = () => seen.absentFrom('web', []).map((each) => removalMark(each)?.goal);
    expect(goals()).toEqual([undefined]);
    // What is remembered of its removal goes on.
    expect(seen.notNamedBy('web', []).map((each) => removalMark(each)?.goal)).toEqual(['destroy']);
    seen.met('web', marked);
    expect(goals()).toEqual(['destroy']);
  });

  it('is forgotten with the app', () => {
    const { seen, absent } = aSight();
    seen.take('web', machines(2), 0);
    seen.take('web', [], 1);
    seen.drop('web');
    expect([absent(), seen.absentMachines]).toEqual([[], 0]);
  });
});

describe('what another list tells', () => {
  it('is absent where the own list lacks it, whichever of them comes first', () => {
    const first = aSight();
    first.seen.take('web', machines(1), 0);
    first.seen.hear(told('m9'));
    expect(first.absent()).toEqual(['m9']);
    const second = aSight();
    second.seen.hear(told('m9'));
    second.seen.take('web', machines(1), 0);
    expect(second.absent()).toEqual(['m9']);
  });

  it('before the own list came is kept for a minute after a start', async () => {
    const { clock, seen, absent } = aSight();
    await clock.advance(60_000);
    seen.hear(told('m9'));
    seen.take('web', machines(1), 60_000);
    expect(absent()).toEqual([]);
  });

  it('is forgotten a minute after a start, of apps too whose own lists never come', async () => {
    const { clock, seen, absent } = aSight();
    seen.hear(told('m9'));
    await clock.advance(60_000);
    seen.take('other', machines(1), 60_000);
    seen.take('web', machines(1), 60_000);
    expect(absent()).toEqual([]);
  });

  it('is no machine without an id: nobody could ask for it', () => {
    const { seen, absent } = aSight();
    seen.hear(told(''));
    seen.take('web', machines(1), 0);
    seen.hear(told(''));
    expect([absent(), seen.absentMachines]).toEqual([[], 0]);
  });

  it('is a machine of which only that is known', () => {
    const { seen } = aSight();
    seen.take('web', machines(1), 0);
    seen.hear(told('m9'));
    const [standIn] = seen.absentFrom('web', []);
    expect(standIn).toMatchObject({
      id: 'm9',
      config: null,
      hostStatus: 'unknown',
      unread: expect.any(String),
    });
    seen.met('web', aMachine({ id: 'm9', region: 'lhr' }));
    expect(seen.absentFrom('web', [])[0]).toMatchObject({ region: 'lhr', hostStatus: 'ok' });
  });
});

describe('what to ask for', () => {
  it('comes again after half a minute when it was there, after 5 s when Fly did not say', async () => {
    const { clock, seen } = aSight();
    seen.take('web', machines(2), 0);
    seen.take('web', [], 0);
    seen.met('web', aMachine());
    seen.unanswered('web', 'm2');
    expect(seen.dueToAsk('web', 10)).toEqual([]);
    await clock.advance(5000);
    expect(seen.dueToAsk('web', 10)).toEqual(['m2']);
    await clock.advance(25_000);
    expect(seen.dueToAsk('web', 10)).toEqual(['m2', 'm1']);
  });

  it('where nobody waits for it is what lists have lacked for a while', async () => {
    const { clock, seen } = aSight();
    seen.take('web', machines(1), 0);
    seen.made('web', aMachine({ id: 'm2' }));
    await clock.advance(60_000);
    expect(seen.dueToAsk('web', 10, 10_000)).toEqual([]);
    seen.take('web', machines(1), 60_000);
    await clock.advance(10_000);
    expect(seen.dueToAsk('web', 10, 10_000)).toEqual(['m2']);
  });
});

describe('a machine of the list whose id cannot be read', () => {
  const unnamed = (place: number) => aMachine({ id: unnamedId(place), unread: 'id' });

  it('is one of those that the list seems to lack, and counts once', () => {
    const { seen } = aSight();
    seen.take('web', machines(3), 0);
    const odd = [aMachine({ id: 'm1' }), unnamed(2)];
    seen.take('web', odd, 1000);
    expect(seen.absentFrom('web', odd)).toHaveLength(1);
    expect(seen.absentFrom('web', [aMachine({ id: 'm1' })])).toHaveLength(2);
  });

  it('is the one of its version, whichever comes first by id', () => {
    const { seen } = aSight();
    const three = machines(3).map((each) => ({ ...each, version: `v-of-${each.id}` }));
    seen.take('web', three, 0);
    const odd = [aMachine({ id: unnamedId(1), version: 'v-of-m2', unread: 'id' })];
    seen.take('web', odd, 1000);
    const left = seen.absentFrom('web', odd).map(({ id }) => id);
    expect(left).toEqual(['m1', 'm3']);
    expect(seen.notNamedBy('web', odd)).toHaveLength(3);
  });

  it('counts beside those that were made at other times', () => {
    const { seen } = aSight();
    seen.take('web', machines(2), 0);
    const odd = [aMachine({ id: unnamedId(1), version: 'v7', createdAtMs: T0, unread: 'id' })];
    seen.take('web', odd, 1000);
    expect(seen.absentFrom('web', odd)).toHaveLength(2);
    // When one was made that only the organization's list has shown, nobody knows.
    seen.hear(told('m9'));
    expect(seen.absentFrom('web', odd).map(({ id }) => id)).toEqual(['m1', 'm2']);
  });

  it('is not missed under the place that stood for its name', () => {
    const { seen } = aSight();
    seen.take('web', [unnamed(1)], 0);
    seen.take('web', [], 1000);
    expect(seen.absentFrom('web', [])).toEqual([]);
  });
});
