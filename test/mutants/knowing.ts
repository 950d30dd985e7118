/** Changes of what is believed of Fly and of the store, and of what may not be known twice or at all. */
import { mutantsOf, type Mutant } from './mutant.js';

export const KNOWING: readonly Mutant[] = [
  ...mutantsOf('src/fleet/inventory/seen.ts', [
    [
      'a-machine-without-an-id-counts-twice',
      'for (const unnamed of absent.length === 0 ? [] : machines.filter(isUnnamed)) {',
      'for (const unnamed of machines.slice(0, 0)) {',
      'src/fleet/inventory/seen.test.ts',
    ],
    [
      'older-lists-teach',
      'if (readAtMs < seen.readAtMs) return listed;',
      '',
      'src/fleet/inventory/seen.test.ts',
    ],
    [
      'what-a-list-lacks-is-gone',
      'absent.set(machine.id, { machine, counted, ...lacked });',
      '',
      'src/fleet/inventory/seen.test.ts',
    ],
    [
      'what-lists-lack-twice-is-gone',
      'absent.set(id, { ...known, lackedSinceMs: known.lackedSinceMs ?? nowMs });',
      'void known;',
      'src/fleet/inventory/seen.test.ts',
    ],
    [
      'what-only-another-list-shows-does-not-count',
      'this.#miss(app, seen, standIn(told), this.#clock.elapsedMs());',
      'void standIn(told);',
      'src/fleet/inventory/seen.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/pass/absences.ts', [
    [
      'no-answer-means-gone',
      '} catch {\n      seen.unanswered(app, id);',
      '} catch {\n      seen.forget(app, id);',
      'src/fleet/pass/absent.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/pass/knowing.ts', [
    [
      'grows-without-asking-for-absent-machines',
      'if (decided.proposal.awaitsAbsent !== true) return decided;',
      'if (decided.proposal.awaitsAbsent !== false) return decided;',
      'src/fleet/pass/absent.test.ts',
    ],
    [
      'lists-are-not-compared-after-a-start',
      'if (!comparesLists || leftMs <= 0) return false;',
      'if (leftMs !== null) return false;',
      'src/fleet/pass/absent.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/census.ts', [
    [
      'absent-machines-do-not-count',
      'const existing = [...machines, ...absent]',
      'const existing = [...machines]',
      'src/fleet/pass/absent.test.ts',
    ],
    [
      'absent-machines-count-as-healthy',
      'const isHealthy = !isAbsent && !isUnseen(',
      'const isHealthy = !isUnseen(',
      'src/core/decide/propose.test.ts',
    ],
    [
      'absent-machines-are-lost-in-time',
      '        !isAbsent &&\n        !isOnlyUnread(machine) &&',
      '        !isOnlyUnread(machine) &&',
      'src/core/decide/propose.test.ts',
    ],
    [
      'unread-machines-are-lost-in-time',
      '        !isOnlyUnread(machine) &&\n',
      '',
      'src/core/decide/propose.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/plan/never-run.ts', [
    [
      'what-never-ran-is-not-started',
      'if (proposal.mayStartNeverRun !== true) return [];',
      'if (proposal.mayStartNeverRun !== undefined) return [];',
      'src/core/plan/never-run.test.ts',
    ],
    [
      'what-somebody-stopped-is-started',
      'if (launchId === undefined || machine.neverRan !== true) return false;',
      'if (launchId === undefined) return false;',
      'src/core/plan/never-run.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/memory/probation.ts', [
    [
      'creates-that-others-removed-are-failures',
      "if (seen !== undefined && create.destroysItself !== true) return 'removed';",
      '',
      'src/core/memory/probation.test.ts',
    ],
    [
      'creates-that-a-release-replaced-are-failures',
      "return (release?.id ?? null) === releaseId ? 'failed' : 'removed';",
      "return 'failed';",
      'src/core/memory/probation.test.ts',
    ],
    [
      'creates-that-ended-badly-are-none',
      "if (machine?.state === 'launch_failed' || seen === 'ended') return 'failed';",
      '',
      'src/core/memory/probation.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/machines/protect.ts', [
    [
      'inherited-protection-protects',
      "if (about !== null && about !== machine.id) return 'inherited';",
      "if (about !== null && about !== machine.id) return 'own';",
      'src/core/machines/protect.test.ts',
    ],
    [
      'copied-protection-protects',
      "return old?.inherited[machine.id]?.text === textOf(machine) ? 'inherited' : 'own';",
      "return old?.inherited[machine.id]?.text === textOf(machine) ? 'own' : 'own';",
      'src/core/machines/protect.test.ts',
    ],
    [
      'protection-that-nobody-can-read-is-none',
      'if (untilMs !== null && wallMs >= untilMs)',
      'if (untilMs === null || wallMs >= untilMs)',
      'src/core/machines/protect.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/answers/machine.ts', [
    [
      'a-machine-that-cannot-be-read-is-gone',
      ': unreadMachine(answer, placeOf(result.error), fallbackId);',
      ": { ...unreadMachine(answer, placeOf(result.error), fallbackId), state: 'destroyed' };",
      'src/fly/odd-answers.test.ts',
    ],
    [
      'a-lease-that-cannot-be-read-is-none',
      "(toLease(read('lease')) ?? UNREAD)",
      "(toLease(read('lease')) ?? undefined)",
      'src/fly/odd-answers.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/reader.ts', [
    [
      'a-list-that-is-null-is-empty',
      'if (appRecordSchema.safeParse(answer.json).data?.machine_count !== count) throw otherwise;',
      'if (appRecordSchema.safeParse(answer.json).data === count) throw otherwise;',
      'src/fly/odd-answers.test.ts',
    ],
    [
      'another-machine-is-taken-for-the-one-asked-for',
      "return { ...machine, hostStatus: 'unknown', config: null, unread: 'id' };",
      'return machine;',
      'src/fly/odd-answers.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/error-table.ts', [
    [
      'a-missing-app-is-a-missing-machine',
      'return !/\\b(?:app|application)(?: \\S+)? not found|could not find app/i.test(said);',
      'return said !== null;',
      'src/fly/odd-answers.test.ts',
    ],
    [
      'a-gateway-says-what-is-gone',
      'if (response.status === 404 && !(isJson && isWordOfFly(text))) {',
      'if (response.status === 404 && !isJson && isWordOfFly(text)) {',
      'src/fly/error-table.test.ts',
    ],
    [
      'a-missing-path-is-a-missing-app',
      'IS_MISSING.test(text) && MISSING.test(text) && !OF_A_PATH.test(text);',
      'IS_MISSING.test(text) && MISSING.test(text);',
      'src/fly/odd-answers.test.ts',
    ],
  ]),
  ...mutantsOf('src/fly/transport.ts', [
    [
      'errors-of-fly-are-not-redacted',
      'throw errorOfStatus(call, response, clock.now(), redact);',
      'throw errorOfStatus(call, response, clock.now(), (text) => text);',
      'src/fly/secrets.test.ts',
    ],
    [
      'failures-on-the-way-are-not-redacted',
      'throw errorOfFailure(call, error, redact);',
      'throw errorOfFailure(call, error, (text) => text);',
      'src/fly/secrets.test.ts',
    ],
    [
      'errors-of-graphql-are-not-redacted',
      'const error = errorOf(call, answer.json, answer.response, redact);',
      'const error = errorOf(call, answer.json, answer.response, (text) => text);',
      'src/fly/secrets.test.ts',
    ],
    [
      'only-what-looks-like-a-token-is-redacted',
      'const redact = createRedact(token.parts);',
      'const redact = createRedact([]);',
      'src/fly/secrets.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/loop/desks.ts', [
    [
      'pauses-that-cannot-be-understood-are-none',
      'state.hasLost === true || !areAllPauses(stored);',
      'state.hasLost === true;',
      'src/fleet/loop/desks.test.ts',
    ],
    [
      'lost-state-does-not-hold-shrinking',
      'isLossy ? this.#lossMs : null',
      'null',
      'src/fleet/loop/desks.test.ts',
    ],
    [
      'state-that-cannot-be-read-does-not-hold-shrinking',
      'this.#pauses.holdUnread();',
      '',
      'src/fleet/loop/desks.test.ts',
    ],
  ]),
  ...mutantsOf('src/cli/adapters/folder-lock.ts', [
    [
      'the-folder-is-not-locked',
      "database.exec('BEGIN IMMEDIATE');\n    if",
      'if',
      'src/cli/adapters/lasting-database.test.ts',
    ],
    [
      'a-lock-without-a-page-of-its-own',
      'if (statSync(file).size === 0) {',
      'if (statSync(file).size < 0) {',
      'src/cli/adapters/lasting-database.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/view/quiet.ts', [
    [
      'quiet-apps-are-never-decided-again',
      'this.#clock.elapsedMs() < mark.untilMs &&',
      '',
      'src/fleet/view/quiet.test.ts',
    ],
    [
      'quiet-apps-do-not-hear-samples',
      'mark.revision === this.#board.revision(app) &&',
      '',
      'src/fleet/view/quiet.test.ts',
    ],
    [
      'quiet-apps-do-not-see-machines',
      'mark.machines === this.#inventory.peek(app)',
      'mark.machines !== null',
      'src/fleet/view/quiet.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/target/stand-in.ts', [
    [
      'what-many-lost-at-once-is-assumed',
      "if (direction === 'scaleDown' && isSuspect(samples.get(metric))) return HOLD;",
      '',
      'src/core/target/stand-in.test.ts',
    ],
  ]),
];
