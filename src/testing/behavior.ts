/** Policies with rules that look back, and what they look back on. */
import { PLAIN_BEHAVIOR, type Behavior, type DirectionRules } from '../core/model/behavior.js';
import type { DecisionInput, Proposal } from '../core/model/decision.js';
import type { Policy } from '../core/model/policy.js';
import { propose } from '../core/decide/propose.js';
import { Recurrence } from '../core/time/recurrence.js';
import type { ScheduleRule } from '../core/model/scheduled.js';
import { anInput, aPolicy, aRange, machines, samples } from './builders.js';
import { type CountHistory, EMPTY_MEMORY, type PolicyHistory } from '../core/model/app-memory.js';

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** `elapsedMs` of `anInput()`. */
export const NOW_MS = 1_000_000;

export function aBehavior(
  scaleDown: Partial<DirectionRules>,
  scaleUp: Partial<DirectionRules> = {},
): Behavior {
  return {
    scaleUp: { ...PLAIN_BEHAVIOR.scaleUp, ...scaleUp },
    scaleDown: { ...PLAIN_BEHAVIOR.scaleDown, ...scaleDown },
  };
}

export function aCountHistory(overrides: Partial<CountHistory> = {}): CountHistory {
  return { recommended: null, higher: [], lower: [], changes: [], ...overrides };
}

/** Whole for ever, and empty. */
export function aHistory(overrides: Partial<PolicyHistory> = {}): PolicyHistory {
  return {
    created: aCountHistory(),
    started: aCountHistory(),
    lastActionAtMs: null,
    missingSinceMs: {},
    beganAtMs: null,
    ...overrides,
  };
}

export function aRecurrence(cron: string, durationMs: number, zone = 'UTC'): Recurrence {
  return new Recurrence({ cron, durationMs, zone });
}

/** Open from midnight UTC, where `anInput()` is, for an hour. */
export function aSchedule(overrides: Partial<ScheduleRule> = {}): ScheduleRule {
  return {
    when: aRecurrence('0 0 * * *', HOUR_MS),
    created: { min: null, max: null },
    started: { min: null, max: null },
    freeze: null,
    ...overrides,
  };
}

export interface Case {
  /** Healthy machines; they run. */
  readonly current: number;
  /** What the created count's expression says. */
  readonly wanted: number;
  readonly policy?: Partial<Policy>;
  readonly history?: PolicyHistory;
  readonly input?: Parameters<typeof anInput>[0];
}

/** `wanted` created machines, no ceilings. */
export function aCase({ current, wanted, policy, history, input }: Case): DecisionInput {
  const many = 1_000_000;
  return anInput({
    policy: aPolicy({
      created: aRange('queue'),
      caps: { maxMachinesPerApp: many, maxCreatePerPass: many, maxRemovePerPass: many },
      ...policy,
    }),
    samples: samples({ queue: wanted }),
    memory:
      history === undefined ? EMPTY_MEMORY : { ...EMPTY_MEMORY, histories: { default: history } },
    ...input,
    look: { machines: machines(current), ...input?.look },
  });
}

export function createdOf(proposal: Proposal): string {
  return `${proposal.created?.current} -> ${proposal.created?.wanted}`;
}

/** Of the reason with that code; undefined: there is none. */
export function detailOf(proposal: Proposal, code: string): string | undefined {
  return proposal.reasons.find((reason) => reason.code === code)?.detail;
}

export function decideCase(given: Case): Proposal {
  return propose(aCase(given));
}
