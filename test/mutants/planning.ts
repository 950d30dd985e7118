/** Changes of what chooses machines, and of the last question before each call. */
import { mutantsOf, type Mutant } from './mutant.js';

export const PLANNING: readonly Mutant[] = [
  ...mutantsOf('src/core/plan/removals.ts', [
    [
      'the-last-of-a-group-may-go',
      "if (stock.isLast(member)) return reason('last-machine', id);",
      '',
      'last-machine',
    ],
    [
      'running-machines-below-the-least',
      "const isTooMany = member.heading === 'started' && spare <= 0;",
      'const isTooMany = false;',
      'src/core/plan/plan.test.ts',
    ],
    [
      'no-least-of-a-region',
      "if (floor.holds(member)) return reason('region-minimum', atMinimum(member));",
      '',
      'src/core/plan/regions.test.ts',
    ],
    [
      'out-of-sight-machines-are-removed',
      '    member.isHealthy &&\n    member.mark === null &&',
      '    member.mark === null &&',
      'src/core/plan/plan.test.ts',
    ],
    [
      'removed-without-drain',
      "return isDraining(input.policy.removal) ? ['mark', 'cordon'] : ['mark', 'cordon', leave];",
      "return ['mark', 'cordon', leave];",
      'src/core/plan/removals.test.ts',
    ],
    [
      'protected-machines-are-chosen',
      '(m) => isAvailable(context, m) && !isProtectedNow(context.input, m),',
      '(m) => isAvailable(context, m),',
      'src/core/plan/removals.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/plan-context.ts', [
    [
      'cordons-of-others-do-not-count',
      '(member.machine.isCordoned && member.mark === null) ||',
      '',
      'src/core/plan/plan.test.ts',
    ],
    [
      'blue-green-machines-are-chosen',
      '(member.machine.metadata[BLUE_GREEN_KEY] !== undefined && !isDeployed)',
      'false',
      'src/core/plan/plan.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/census.ts', [
    [
      'leases-of-others-do-not-count',
      'return machine.lease !== undefined && look.leasedByUs?.includes(machine.id) !== true;',
      'return false;',
      'src/core/plan/plan.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/leaving.ts', [
    [
      'removals-go-on-without-a-sample',
      "      mayGoOn: proposal.mayShrinkCreated && !isShort(proposal, 'created'),",
      "      mayGoOn: !isShort(proposal, 'created'),",
      'src/core/plan/plan.test.ts',
    ],
    [
      'the-last-goes-on-its-way',
      "m.mark?.goal === 'destroy' && stock.isLast(m)",
      'false && stock.isLast(m)',
      'src/core/plan/plan.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/drain.ts', [
    [
      'an-early-zero-counts',
      'busy !== null && busy <= 0 && ageMs >= SETTLE_MS',
      'busy !== null && busy <= 0',
      'src/core/machines/drain.test.ts',
    ],
    [
      'nobody-knows-means-idle',
      'busy !== null && busy <= 0 && ageMs >= SETTLE_MS',
      '(busy === null || busy <= 0) && ageMs >= SETTLE_MS',
      'src/core/machines/drain.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/source.ts', [
    [
      'unfinished-releases-are-cloned',
      "release.status === 'complete' && isOf(m, release)",
      'isOf(m, release)',
      'src/core/plan/plan.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/creates.ts', [
    [
      'failing-creates-go-on',
      'const sources = fit.filter((m) => waitMs(m) === 0);',
      'const sources = fit;',
      'src/core/plan/plan.test.ts',
    ],
    [
      'full-regions-are-tried-again',
      '!(now.elapsedMs < (memory.regionBackoff[region] ?? 0));',
      'true;',
      'src/core/plan/plan.test.ts',
    ],
    [
      'all-new-machines-start',
      'const isLaunched = creates.length < launches;',
      'const isLaunched = true;',
      'src/core/plan/plan.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/regions.ts', [
    [
      'no-most-of-a-region',
      'if (max !== null && count >= max) continue;',
      '',
      'src/core/plan/regions.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/protect.ts', [
    [
      'protection-until-a-time-does-not-count',
      "if (untilMs !== null && wallMs >= untilMs) return 'none';",
      "if (untilMs !== null) return 'none';",
      'src/core/machines/protect.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/marks.ts', [
    [
      'copied-marks-count',
      'value.machine !== machine.id) return null;',
      'value.machine === undefined) return null;',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/guard.ts', [
    [
      'guard-without-the-brake',
      "if (isRemoval && isBraked(policy, ordersBegun)) return no('the fleet brake is on');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-overdue-releases',
      "if (phase === 'overdue' && isRemoval) return no('a release has been running for too long');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-blue-green',
      "tag === 'safe_to_destroy' ||\n    (tag !== undefined && release !== null && release.status !== 'complete')",
      'tag === null',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-the-release',
      "if (phase === 'running') return no('a release is running');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-another-release',
      "if (isOvertaken(context.decidedRelease, release)) return no('another release began');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-pauses',
      "if (ordersBegun.pauses.some(({ mode }) => mode !== spared)) return no('a pause began');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-freezes',
      "return (isRemoval ? frozen.in : frozen.out) ? no('a freeze began') : GO;",
      'return GO;',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-the-host',
      "if (machine.hostStatus !== 'ok' || machine.config === null || machine.unread !== undefined)\n    return no('the machine cannot be seen well');",
      '',
      'heeds-what-it-read',
    ],
    [
      'guard-without-the-version',
      "if (machine.version !== action.version) return no('the machine was updated by somebody else');",
      '',
      'heeds-what-it-read',
    ],
    [
      'guard-without-the-lease',
      'machine.lease !== undefined && !context.isHeldByUs(machine.id)',
      'false',
      'only-ours',
    ],
    [
      'guard-without-the-state',
      'if (states !== undefined && !states.includes(machine.state)) return no(`it is ${machine.state}`);',
      '',
      'heeds-what-it-read',
    ],
    [
      'guard-without-standbys',
      "if ((machine.config?.standbys ?? []).length > 0) return no('it is a standby');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-the-mark',
      "if (step !== 'mark' && action.mark !== undefined && !isMarked) return no('its mark is gone');",
      '',
      'src/core/plan/guard.test.ts',
    ],
    [
      'guard-without-cordons',
      "if (machine.isCordoned && !isMarked) return no('somebody else cordoned it');",
      '',
      'heeds-what-it-read',
    ],
    [
      'guard-without-protection',
      "if (protection === 'own') return no('it is protected');",
      '',
      'protected-kept',
    ],
    [
      'guard-without-drain',
      'return drain.isOver ? GO : no(`it is ${drain.detail}`);',
      'return GO;',
      'src/core/plan/guard.test.ts',
    ],
  ]),
];
