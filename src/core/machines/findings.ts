/** What the machines themselves give to say, whatever is decided. */
import { cautions } from './cautions.js';
import type { Census, Member } from './census.js';
import type { DecisionInput } from '../model/decision.js';
import { named } from '../model/named.js';
import { inheritedFrom, protectionOf } from './protect.js';
import { reason, type Reason } from '../model/reason.js';

export function groupReasons(input: DecisionInput, census: Census): Reason[] {
  if (census.members.length > 0) return [];
  if (census.counts.existing === 0) return [reason('no-machines', 'deploy the app first')];
  const { group } = input.policy;
  const wanted = group.kind === 'named' ? group.name : group.kind === 'unset' ? 'app' : '*';
  const found = census.groupsFound.length === 0 ? 'none' : census.groupsFound.join(', ');
  return [reason('no-such-group', `no machine in group "${wanted}"; groups found: ${found}`)];
}

export function memberReasons(input: DecisionInput, members: readonly Member[]): Reason[] {
  const reasons: Reason[] = [];
  const unread = members.filter((m) => !m.isAbsent && m.machine.unread !== undefined);
  if (unread.length > 0) {
    const names = unread.map(({ machine }) => `${machine.id} (${machine.unread})`);
    reasons.push(reason('unreadable', named(names)));
  }
  // One that the list lacks is worth a word where growth waits for it: most of them somebody has destroyed.
  const unseen = members.filter(
    (m) => !m.isHealthy && !m.isAbsent && m.machine.unread === undefined,
  );
  if (unseen.length > 0) {
    const names = unseen.map((m) => `${m.machine.id} (${describeUnseen(m)})`);
    reasons.push(reason('unreachable', named(names)));
  }
  const crashed = crashedMachines(members);
  if (crashed.length > 0) reasons.push(reason('crashed', named(crashed)));
  reasons.push(...cautions(input, members));
  const copies = members.flatMap((m) => inherited(input, m) ?? []);
  if (copies.length > 0) reasons.push(reason('protect-inherited', named(copies)));
  const leaving = members.filter((m) => m.mark !== null);
  if (leaving.length > 0) {
    const names = leaving.map((m) => `${m.machine.id} (${m.mark?.goal}, ${m.machine.state})`);
    reasons.push(reason('removal-under-way', named(names)));
  }
  return reasons;
}

/** "b (of a)"; null when it has no mark of another machine. */
function inherited({ now, memory }: DecisionInput, { machine }: Member): string | null {
  const { oldProtects } = memory;
  if (protectionOf(machine, now.wallMs, oldProtects) !== 'inherited') return null;
  return `${machine.id} (of ${inheritedFrom(machine, oldProtects) ?? 'another'})`;
}

function describeUnseen(member: Member): string {
  if (member.machine.hostStatus !== 'ok') return `host ${member.machine.hostStatus}`;
  return member.machine.config === null ? 'incomplete' : `stuck ${member.machine.state}`;
}

/** Stopped machines whose process ended by itself and not well. */
export function crashedMachines(members: readonly Member[]): string[] {
  return members
    .filter(({ machine: { state, lastExit } }) => {
      if (state !== 'stopped' || lastExit === undefined || lastExit.wasRequested) return false;
      return lastExit.exitCode !== 0 || lastExit.isOomKilled;
    })
    .map((m) => m.machine.id);
}
