/** Changes of what acts, and of what sends calls to Fly. */
import { mutantsOf, type Mutant } from './mutant.js';

export const ACTING: readonly Mutant[] = [
  ...mutantsOf('src/fleet/act/steps.ts', [
    [
      'destroys-against-the-guard',
      'if (!verdict.ok) return `${step}: ${verdict.detail}`;',
      "if (!verdict.ok && step !== 'destroy') return `${step}: ${verdict.detail}`;",
      'heeds-what-it-read',
    ],
    [
      'marks-against-the-guard',
      'if (!verdict.ok) return `${step}: ${verdict.detail}`;',
      "if (!verdict.ok && step !== 'mark') return `${step}: ${verdict.detail}`;",
      'heeds-what-it-read',
    ],
    [
      'steps-are-not-read-anew',
      'turn.readMachine(action.machineId),',
      'Promise.resolve(null) as ReturnType<typeof turn.readMachine>,',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/act/apply.ts', [
    [
      'goes-on-beside-a-stuck-undo',
      "const stuck = undone.find((outcome) => outcome.result !== 'done');",
      "const stuck = undone.find((outcome) => outcome.result === 'dry');",
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'the-leased-machine-goes-first',
      'plan.removals.filter((action) => !isLeased(action)),',
      'plan.removals.filter(isLeased),',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/act/lease.ts', [
    [
      'acts-on-after-the-lease-is-lost',
      'this.#held.delete(this.machineId);\n    return aborted',
      'return aborted',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'leases-are-not-refreshed',
      'if (leftMs > LEASE_TTL_MS / 2 ||',
      'if (leftMs > 0 ||',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'another-actor-is-not-seen',
      'return machines.find(isOther) ?? null;',
      'return machines.find((machine) => isOther(machine) && false) ?? null;',
      'one-actor',
    ],
  ]),
  ...mutantsOf('src/core/machines/lease.ts', [
    [
      'any-machine-stands-for-the-app',
      'if (smallest === null || machine.id < smallest.id) smallest = machine;',
      'smallest = machine;',
      'src/core/machines/lease.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/act/turn.ts', [
    [
      'what-was-not-sent-is-in-doubt',
      "if (this.#hasReleaseBegun) throw aborted('a release began');",
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'calls-go-on-when-a-release-begins',
      "this.#sending.abort(aborted('a release began', true));",
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'calls-outlive-the-lease',
      'Math.min(this.lease.endsAtMs, this.#options.reading.endsAtMs) - reserveMs',
      'this.#options.reading.endsAtMs - reserveMs',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/act/create.ts', [
    [
      'what-was-not-repeated-is-not-in-doubt',
      "throw attempt > 1 && failure.code === 'aborted' ? inDoubt(failure) : failure;",
      'throw failure;',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'no-look-up-of-a-doubtful-create',
      'const found = await resolveDoubt(turn, action.launchId);',
      'const found = null as Awaited<ReturnType<typeof resolveDoubt>>;',
      'doubts-resolved',
    ],
    [
      'one-look-for-a-doubtful-create',
      'if (found !== null) return found;\n  await turn.pause(LIST_LAG_MS);\n  return find();',
      'return found;',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'a-repeated-create-has-another-name',
      'name: action.launchId,',
      'name: `${action.launchId}-${turn.clock.elapsedMs()}`,',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/act/creates.ts', [
    [
      'undoes-what-cannot-be-read',
      "if (machine.unread !== undefined)\n    return 'a release began, and what Fly says of it cannot be read';",
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'undoes-what-others-have-leased',
      'if (machine.lease !== undefined && !turn.lease.isHeldByUs(machine.id)) {',
      'if (machine.lease === null) {',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'creates-go-on-at-the-quota',
      'if (effects.areCreatesHeld()) stop ??=',
      'if (effects.areCreatesHeld() && actions.length === 0) stop ??=',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'full-regions-are-tried-in-the-pass',
      "if (outcome.errorCode === 'fly-no-capacity') fullRegions.add(action.region);",
      "if (outcome.errorCode === 'fly-no-capacity') fullRegions.clear();",
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'doubtful-creates-take-no-room',
      'if (error.isAmbiguous) effects.countOneMore();',
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'creates-against-the-guard',
      'if (!verdict.ok) return held(action, verdict.detail);',
      'void verdict;',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'overtaken-creates-stay',
      'if (!turn.isOvertakenBy(release)) {',
      'if (turn.isOvertakenBy(release) || release !== undefined) {',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'undoes-what-others-took-over',
      "if (machine.version !== created.version) return 'a release began and took it over';",
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'creates-go-on-after-a-failure',
      "else if (outcome.result !== 'done') stop = 'an earlier create of this pass was not done';",
      '',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'failed-creates-are-forgotten',
      'effects.remember((memory) => afterCreateFailed(memory, action.group, now));',
      '',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/pass/stage.ts', [
    [
      'acts-beside-another',
      'return other && reason(',
      'return other === undefined ? null : null && reason(',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'a-moved-lease-is-good-enough',
      'if (leaseMachine(machines)?.id !== lease.machineId) {',
      'if (leaseMachine(machines) === null) {',
      'src/fleet/pass/acting.test.ts',
    ],
    [
      'no-second-list-after-a-start',
      'if (againAtMs === null) return first;',
      'if (againAtMs !== undefined) return first;',
      'src/fleet/pass/acting.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/retry.ts', [
    [
      'sends-again-what-may-be-done',
      'if (!error.isRetryable || error.isAmbiguous) return false;',
      'if (!error.isRetryable) return false;',
      'src/fly/retry.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/transport.ts', [
    [
      'leases-are-not-shown',
      'call.nonce == null ? {} :',
      'call.nonce !== undefined ? {} :',
      'src/fly/actor.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/error-table.ts', [
    [
      'nothing-is-ambiguous',
      'response.status === 408 || response.status >= 500 || response.status < 400;',
      'response.status < 0;',
      'src/fly/error-table.test.ts',
    ],
  ]),
];
