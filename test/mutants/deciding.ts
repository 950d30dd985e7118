/** Changes of what decides how many machines there should be. */
import { mutantsOf, type Mutant } from './mutant.js';

export const DECIDING: readonly Mutant[] = [
  ...mutantsOf('src/core/machines/states.ts', [
    [
      'destroying-counts-as-present',
      "  destroying: 'gone',",
      "  destroying: 'stopped',",
      'shrinks-too-far',
    ],
    [
      'stuck-machines-count-as-healthy',
      'return stopTimeoutMs(machine) + MINUTE_MS;',
      'return Number.POSITIVE_INFINITY;',
      'shrinks-too-far',
    ],
  ]),
  ...mutantsOf('src/core/machines/census.ts', [
    [
      'machines-out-of-sight-count-as-gone',
      'now.elapsedMs - unseenSinceMs >= unreachableAfterMs,',
      'true,',
      'start-once',
    ],
    [
      'machines-of-other-groups-count',
      '    return group === wanted ||',
      '    return true || group === wanted ||',
      'only-ours',
    ],
    [
      'standbys-count',
      '    (machine.config?.standbys ?? []).length > 0 ||',
      '    false ||',
      'only-ours',
    ],
    [
      'marked-machines-count',
      "  const stays = (m: Member): boolean => m.mark?.goal !== 'destroy';",
      '  const stays = (_: Member): boolean => true;',
      'shrinks-too-far',
    ],
  ]),
  ...mutantsOf('src/core/target/clamp.ts', [
    [
      'unseen-machines-justify-removals',
      '  const recommended = Math.min(healthy, range.max);\n  return { current: healthy,',
      '  const recommended = Math.min(present, range.max);\n  return { current: present,',
      'shrinks-too-far',
    ],
    [
      'removals-are-not-taken-back',
      '  return Math.min(leaving.length, range.min - census.counts[name]);',
      '  return 0 * leaving.length;',
      'undo-first',
    ],
  ]),
  ...mutantsOf('src/core/target/target.ts', [
    [
      'missing-samples-shrink',
      'isGoodToShrink: missing.length === 0, missing, reasons };\n  } catch',
      'isGoodToShrink: true, missing, reasons };\n  } catch',
      'shrinks-on-evidence',
    ],
    [
      'stale-samples-shrink',
      "    return sample.kind !== 'value';",
      "    return sample.kind !== 'value' && sample.kind !== 'stale';",
      'shrinks-too-far',
    ],
    [
      'the-last-machine-may-go',
      'created: 1, started: 0',
      'created: 0, started: 0',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/shrink-only-when-allowed.ts', [
    [
      'shrinks-when-not-allowed',
      'count === null || mayShrink ||',
      'count === null ||',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/stay-out-of-deploys.ts', [
    [
      'acts-in-a-release',
      "if (phase === 'settled') return draft;",
      "if (phase !== 'overdue') return draft;",
      'src/core/plan/plan.test.ts',
    ],
    [
      'shrinks-in-an-overdue-release',
      '    mayShrinkCreated: false,\n',
      '',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/release.ts', [
    [
      'an-overtaken-release-goes-on',
      'if (current === null) return false;',
      'if (current !== undefined) return false;',
      'not-overtaken',
    ],
    [
      'a-clock-jump-makes-a-release-overdue',
      'Math.min(now.wallMs - release.createdAtMs, sinceJumpMs)',
      'now.wallMs - release.createdAtMs',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/stabilization.ts', [
    [
      'no-window',
      'if (windowMs === 0) return draft;',
      'if (windowMs >= 0) return draft;',
      'src/core/decide/steps/stabilization.test.ts',
    ],
    [
      'no-window-for-growing',
      'if (windowMs === 0) return draft;',
      'if (windowMs === 0 || isGrowth) return draft;',
      'src/core/decide/steps/stabilization.test.ts',
    ],
    [
      'a-window-takes-in-bad-data',
      'if (recommended < current && draft.unsure.has(name)) return draft;',
      '',
      'src/core/memory/remember.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/memory/history.ts', [
    [
      'a-window-begins-with-nothing',
      'recommended: { count, sinceMs },\n    higher',
      'recommended: null,\n    higher',
      'src/core/memory/history.test.ts',
    ],
    [
      'nothing-done-before-a-start',
      'beganAtMs: sinceMs,',
      'beganAtMs: null,',
      'src/core/memory/history.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/cooldown.ts', [
    [
      'no-cooldown',
      'if (leftMs <= 0) return next;',
      'if (leftMs <= 1e12) return next;',
      'src/core/decide/steps/cooldown.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/step-limits.ts', [
    [
      'no-limits',
      'if (limits.length === 0 || history === null) return draft;',
      'return draft;',
      'src/core/decide/steps/step-limits.test.ts',
    ],
    [
      'the-wrong-limit-of-several',
      "const isHighest = isGrowth === (select === 'max');",
      "const isHighest = isGrowth !== (select === 'max');",
      'src/core/decide/steps/step-limits.test.ts',
    ],
    [
      'doubtful-growth-does-not-count',
      'added: added + perhapsAdded, removed',
      'added, removed',
      'src/core/decide/steps/step-limits.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/budgets.ts', [
    [
      'removals-of-the-period-do-not-count',
      'left: Math.max(0, most - removed),',
      'left: most,',
      'src/core/decide/steps/budgets.test.ts',
    ],
    [
      'budgets-without-windows-only',
      '!budget.when.stateAt(now.wallMs).isOpen) return each;',
      'now.wallMs > 0) return each;',
      'src/core/decide/steps/budgets.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/freezes.ts', [
    [
      'no-freezes',
      'if (frozen.texts.length === 0) return draft;',
      'if (frozen.texts.length >= 0) return draft;',
      'src/core/decide/steps/freezes.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/pauses.ts', [
    [
      'no-pauses',
      'if (orders.length === 0 || draft.isHeld) return draft;',
      'if (orders.length >= 0) return draft;',
      'src/core/decide/steps/pauses.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/ceilings.ts', [
    [
      'no-ceiling-of-an-app',
      'const room = Math.max(0, caps.maxMachinesPerApp - counts.existing);',
      'const room = caps.maxMachinesPerApp;',
      'src/core/decide/propose.test.ts',
    ],
    [
      'all-may-go-in-a-pass',
      'caps.maxRemovePerPass ?? Math.ceil(current / 2)',
      'caps.maxRemovePerPass ?? current',
      'caps',
    ],
    [
      'any-number-in-a-pass',
      'caps.maxCreatePerPass ?? Math.max(10, counts.created + counts.unseen)',
      'caps.maxCreatePerPass ?? 1000',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/replace-lost-slowly.ts', [
    [
      'lost-machines-are-replaced-at-once',
      'if (growth <= 0 || lost === 0) return draft;',
      'if (growth <= 0 || lost >= 0) return draft;',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/decide/steps/brake.ts', [
    [
      'no-brake',
      'if (braked.length === 0 || draft.isHeld) return draft;',
      'if (braked.length >= 0) return draft;',
      'src/core/decide/steps/brake.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/fleet-wide/brake.ts', [
    [
      'the-brake-never-comes-on',
      'return down >= least && down >= able * this.#settings.share;',
      'return down >= least && down > able;',
      'src/core/fleet-wide/brake.test.ts',
    ],
    [
      'the-brake-lets-go-at-once',
      'this.#letGoAtMs = nowMs + this.#settings.letGoAfterMs;',
      'this.#letGoAtMs = nowMs;',
      'src/core/fleet-wide/brake.test.ts',
    ],
    [
      'the-brake-forgets-its-references',
      'for (const unit of this.#all()) unit.frozen = this.#reference(unit, nowMs);',
      '',
      'src/core/fleet-wide/brake.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/fleet-wide/brake-let-go.ts', [
    [
      'the-brake-lets-all-go-together',
      'Math.ceil(wanting.size * LET_GO_SHARE)',
      'wanting.size',
      'src/core/fleet-wide/brake.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/fleet-wide/grant.ts', [
    [
      'no-room-is-kept',
      'return most === null ? Number.POSITIVE_INFINITY : Math.max(0, most - used);',
      'return most === null ? Number.POSITIVE_INFINITY : most;',
      'src/core/fleet-wide/grant.test.ts',
    ],
    [
      'removals-without-a-budget',
      'const taken = shareOut(requests.map(takenBy), roomOf(fleet.removals));',
      'const taken = requests.map(takenBy);',
      'src/core/fleet-wide/grant.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/fleet-wide/settle.ts', [
    [
      'a-grant-does-not-limit',
      'Math.min(up, Math.max(-down, count.wanted - count.current))',
      'count.wanted - count.current',
      'src/fleet/memory/fleet-budget.test.ts',
    ],
  ]),
];
