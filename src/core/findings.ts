/** What the machines themselves give to say, whatever is decided. */
import type { Census, Member } from './census.js';
import type { DecisionInput } from './decision.js';
import { inheritedFrom, protectionOf } from './protect.js';
import { reason, type Reason } from './reason.js';

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
  const unseen = members.filter((m) => !m.isHealthy);
  if (unseen.length > 0) {
    const names = unseen.map((m) => `${m.machine.id} (${describeUnseen(m)})`);
    reasons.push(reason('unreachable', list(names)));
  }
  const crashed = crashedMachines(members);
  if (crashed.length > 0) reasons.push(reason('crashed', list(crashed)));
  if (input.policy.started !== null && members.some(isStoppedByProxy)) {
    reasons.push(reason('proxy-autostop', 'set autostop off, or scale the created count only'));
  }
  const copies = members.flatMap((m) => inherited(input, m) ?? []);
  if (copies.length > 0) reasons.push(reason('protect-inherited', list(copies)));
  const leaving = members.filter((m) => m.mark !== null);
  if (leaving.length > 0) {
    const names = leaving.map((m) => `${m.machine.id} (${m.mark?.goal}, ${m.machine.state})`);
    reasons.push(reason('removal-under-way', list(names)));
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

function isStoppedByProxy({ machine }: Member): boolean {
  return (machine.config?.services ?? []).some(
    ({ autostop }) => autostop === true || autostop === 'stop' || autostop === 'suspend',
  );
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

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
