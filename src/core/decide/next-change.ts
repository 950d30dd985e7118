/** When a decision could be another one although nothing but time has passed. */
import type { DecisionInput, Proposal } from '../model/decision.js';
import type { Instant } from '../time/instant.js';
import type { Policy } from '../model/policy.js';
import { afterProposal } from '../memory/remember.js';
import type { PolicyHistory } from '../model/app-memory.js';

/**
 * `Instant.elapsedMs` of the earliest moment at which windows, periods, cooldowns, schedules, pauses or fallbacks could make
 * another decision of the same samples and machines; null: never. At that moment the app must be decided anew, be it
 * quiet or not. Expressions that read the time are not looked into.
 */
export function nextChangeAtMs(input: DecisionInput, proposal: Proposal): number | null {
  const { policy, now } = input;
  const history = afterProposal(input.memory, input, proposal).histories[policy.name];
  const times = [...ofOrders(input), ...ofSchedules(policy, now)];
  if (history !== undefined) {
    times.push(...ofMissing(policy, history));
    if (isHeldBack(proposal)) times.push(...ofHistory(policy, history));
  }
  const later = times.filter((atMs) => atMs > now.elapsedMs);
  return later.length === 0 ? null : Math.min(...later);
}

/** A count that is where it is recommended to be gains nothing from the end of a window. */
function isHeldBack({ created, started }: Proposal): boolean {
  return [created, started].some((count) => count !== null && count.wanted !== count.recommended);
}

function ofOrders({ orders, now }: DecisionInput): number[] {
  return orders.pauses.flatMap(({ untilMs }) => (untilMs === null ? [] : [elapsed(untilMs, now)]));
}

function ofSchedules({ schedules, budgets }: Policy, now: Instant): number[] {
  const recurring = [
    ...schedules.map(({ when }) => when),
    ...budgets.flatMap(({ when }) => when ?? []),
  ];
  return recurring.map((when) => elapsed(when.stateAt(now.wallMs).untilMs, now));
}

function elapsed(wallMs: number, now: Instant): number {
  return now.elapsedMs + wallMs - now.wallMs;
}

function ofMissing({ missing }: Policy, { missingSinceMs }: PolicyHistory): number[] {
  const waits = Object.values(missing).flatMap(({ scaleUp, scaleDown }) =>
    [scaleUp, scaleDown].flatMap((rule) => (rule.kind === 'fallback' ? [rule.afterMs] : [])),
  );
  return Object.values(missingSinceMs).flatMap((sinceMs) => waits.map((wait) => sinceMs + wait));
}

function ofHistory(policy: Policy, history: PolicyHistory): number[] {
  const { scaleUp, scaleDown } = policy.behavior;
  const began = history.beganAtMs ?? Number.NEGATIVE_INFINITY;
  const periods = [...scaleUp.limits, ...scaleDown.limits, ...policy.budgets].map(
    ({ periodMs }) => periodMs,
  );
  const waits = [scaleUp.cooldownMs, scaleDown.cooldownMs];
  const counts = [history.created, history.started];
  const windows = counts.flatMap(({ higher, lower }) => [
    ...higher.map(({ untilMs }) => untilMs + scaleDown.stabilizationWindowMs),
    ...lower.map(({ untilMs }) => untilMs + scaleUp.stabilizationWindowMs),
  ]);
  const changes = counts.flatMap((count) => count.changes.map(({ atMs }) => atMs));
  return [
    ...windows,
    ...[began, ...changes].flatMap((atMs) => periods.map((period) => atMs + period)),
    ...[began, history.lastActionAtMs ?? began].flatMap((atMs) => waits.map((wait) => atMs + wait)),
  ];
}
