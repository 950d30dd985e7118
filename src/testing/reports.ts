/** Reports of passes for tests of what records and shows them. */
import type { Action, ActionOutcome, Counts, Proposal, Step } from '../core/model/decision.js';
import { reason } from '../core/model/reason.js';
import { aPolicy, T0 } from './builders.js';
import type { PassReport } from '../seams/events.js';

export function someCounts(overrides: Partial<Counts> = {}): Counts {
  return {
    created: 3,
    started: 2,
    stopped: 1,
    unclear: 0,
    unseen: 0,
    unseenStarted: 0,
    lost: 0,
    lostStarted: 0,
    existing: 3,
    leaving: 0,
    ...overrides,
  };
}

export function aProposal(overrides: Partial<Proposal> = {}): Proposal {
  return {
    counts: someCounts(),
    created: { current: 3, target: { min: 3, max: 3 }, recommended: 3, wanted: 3 },
    started: null,
    undoCreated: 0,
    undoStarted: 0,
    mayShrinkCreated: true,
    mayShrinkStarted: false,
    isHeld: false,
    steps: [],
    reasons: [],
    isWorthALook: false,
    ...overrides,
  };
}

/** A quiet pass over an app that is where it should be. */
export function aReport(overrides: Partial<PassReport> = {}): PassReport {
  return {
    app: 'my-app-1',
    policy: aPolicy(),
    startedAtMs: T0,
    durationMs: 120,
    latenessMs: 60,
    samples: new Map(),
    input: null,
    grant: null,
    proposal: aProposal(),
    plan: null,
    outcomes: [],
    reasons: [reason('at-target', '3 created')],
    machinesByState: { started: 2, stopped: 1 },
    error: null,
    ...overrides,
  };
}

/** What came of one action on `machineId`; all its steps are done if `result` is `done`. */
export function anOutcome(
  kind: Action['kind'],
  overrides: Partial<ActionOutcome> = {},
): ActionOutcome {
  const result = overrides.result ?? 'done';
  const steps = STEPS[kind];
  const why = reason(
    kind === 'create' || kind === 'start' ? 'scale-up' : 'scale-down',
    '3 to 4',
    'created',
  );
  const action: Action =
    kind === 'create'
      ? {
          kind,
          launchId: 'fas-1',
          sourceId: 'm1',
          group: 'app',
          region: 'iad',
          isLaunched: true,
          config: {},
          newVolumes: [],
          reason: why,
        }
      : { kind, machineId: 'm9', region: 'iad', version: 'v1', steps, reason: why };
  const stepsDone = result === 'done' ? steps : [];
  return { action, result, machineId: 'm9', stepsDone, ...overrides };
}

const STEPS: Readonly<Record<Action['kind'], readonly Step[]>> = {
  create: [],
  start: ['start'],
  stop: ['mark', 'cordon', 'stop'],
  suspend: ['mark', 'cordon', 'suspend'],
  destroy: ['destroy'],
  undo: ['uncordon', 'start', 'unmark'],
  finish: ['uncordon', 'unmark'],
};
