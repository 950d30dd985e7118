/** From what the fleet knows to what the API answers. */
import type { z } from 'zod';
import { decisionJson } from '../../core/model/decision-json.js';
import type { Grant } from '../../core/fleet-wide/grant.js';
import { processGroupOf, type Machine } from '../../core/model/machine.js';
import type { Pause } from '../../core/model/orders.js';
import { appMatcher, DEFAULT_POLICY } from '../../core/model/policy.js';
import type { AppView, RecordedDecision } from '../../seams/views.js';
import { timeText, type app, type brake, type pause, type wholeDecision } from './schemas.js';
import type { BrakeStatus } from '../../seams/operator.js';

export type PauseJson = z.output<typeof pause>;
export type AppJson = z.output<typeof app>;
export type BrakeJson = z.output<typeof brake>;
export type WholeJson = z.output<typeof wholeDecision>;

export function pauseJson({ createdAtMs, untilMs, ...same }: Pause): PauseJson {
  return {
    ...same,
    createdAt: timeText(createdAtMs),
    until: untilMs === null ? null : timeText(untilMs),
  };
}

/** Which pauses are for an app; made once for many apps. */
export function pauseFinder(pauses: readonly Pause[]): (app: string) => readonly Pause[] {
  const kept = pauses.map((pause) => ({ pause, isFor: matcherOf(pause.app) }));
  return (app) => kept.filter(({ isFor }) => isFor(app)).map(({ pause }) => pause);
}

/** Null: every app. */
export function matcherOf(pattern: string | null): (app: string) => boolean {
  if (pattern === null) return () => true;
  return appMatcher({ include: [pattern], exclude: [] });
}

export function appJson(app: string, views: readonly AppView[], pauses: readonly Pause[]): AppJson {
  return { app, policies: views.map(policyJson), pauses: pauses.map(pauseJson) };
}

function policyJson(view: AppView): AppJson['policies'][number] {
  const { app: _, policy, metrics, lastAction, createdTarget, startedTarget, ...same } = view;
  return {
    ...same,
    policy: policy ?? DEFAULT_POLICY,
    metrics: Object.fromEntries(metrics),
    createdTarget: createdTarget === null ? null : rangeJson(createdTarget),
    startedTarget: startedTarget === null ? null : rangeJson(startedTarget),
    machinesByState: view.machinesByState === null ? null : { ...view.machinesByState },
    lastAction:
      lastAction === null
        ? null
        : { text: lastAction.text, at: timeText(lastAction.atMs), why: lastAction.why },
  };
}

function rangeJson({ min, max }: { readonly min: number; readonly max: number }): {
  min: number;
  max: number;
} {
  return { min, max };
}

export function brakeJson({ source, isOn, sinceMs, apps, fallen }: BrakeStatus): BrakeJson {
  return {
    metric: source,
    isOn,
    since: sinceMs === null ? null : timeText(sinceMs),
    apps,
    fallen,
  };
}

export function wholeJson(stored: RecordedDecision): WholeJson {
  const { input, grant, durationMs } = stored.report;
  const release = input?.look.release ?? null;
  return {
    ...decisionJson(stored),
    steps: stored.proposal?.steps ?? [],
    durationMs,
    machines: input === null ? null : input.look.machines.map(machineJson),
    release:
      release === null || release === 'unread'
        ? null
        : { id: release.id, version: release.version, status: release.status },
    pauses: (input?.orders.pauses ?? []).map(pauseJson),
    braked: { ...input?.orders.braked },
    granted: grant === null ? null : grantedJson(grant),
  };
}

function machineJson(machine: Machine): NonNullable<WholeJson['machines']>[number] {
  const { id, state, region, isCordoned, hostStatus } = machine;
  return { id, state, region, group: processGroupOf(machine), isCordoned, hostStatus };
}

function grantedJson({ creates, removals, starts, stops }: Grant): WholeJson['granted'] {
  return { creates, removals, starts, stops };
}
