/** Changes of what is remembered from pass to pass, over a restart and of samples. */
import { mutantsOf, type Mutant } from './mutant.js';

export const REMEMBERING: readonly Mutant[] = [
  ...mutantsOf('src/fleet/view/samples.ts', [
    [
      'old-samples-are-fresh',
      'const isOld = ageMs > 2 * intervalMs + timeoutMs;',
      'const isOld = ageMs < 0;',
      'src/fleet/view/samples.test.ts',
    ],
    [
      'samples-from-before-a-jump-count',
      'isOfNow ? sample : failed(OUTDATED, clock.now())',
      'sample',
      'src/fleet/view/samples.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/pass/ledger.ts', [
    [
      'nothing-is-reserved',
      'if (this.#before === null) return all;',
      'if (this.#before !== undefined) return all;',
      'src/fleet/loop/histories.test.ts',
    ],
    [
      'shrinks-though-nothing-is-kept',
      '{ ...grant, removals: 0, stops: 0, reasons }',
      '{ ...grant, reasons }',
      'src/fleet/loop/histories.test.ts',
    ],
    [
      'nothing-is-given-back',
      'this.#note(withOutcomes(this.#before, this.#input, outcomes, now));',
      'this.#note(withOutcomes(this.#before, this.#input, [], now));',
      'src/fleet/loop/histories.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/memory/history-desk.ts', [
    [
      'histories-are-not-taken-up',
      'const history = isKept(policy) ? parseHistory(value, now) : null;',
      'const history = null as ReturnType<typeof parseHistory>;',
      'src/fleet/loop/histories.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/memory/stored-history.ts', [
    [
      'stored-times-are-not-converted',
      'now.elapsedMs - Math.max(0, now.wallMs - wallMs);',
      'wallMs + 0 * now.elapsedMs;',
      'src/fleet/memory/stored-history.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/memory/fleet-budget.ts', [
    ['budgets-count-nothing', 'this.#uses.push(use);', '', 'src/fleet/memory/fleet-budget.test.ts'],
    [
      'a-start-knows-all',
      'used: nowMs < this.#unknownUntilMs ? Math.max(used, most ?? 0) : used',
      'used',
      'src/fleet/memory/fleet-budget.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/memory/brake-desk.ts', [
    [
      'the-first-to-fall-is-not-held',
      'await Promise.all([...sources].map((source) => this.#heard(source, signal)));',
      '',
      'src/fleet/memory/brake-desk.test.ts',
    ],
    [
      'a-brake-does-not-outlive-a-restart',
      'brake.restore(value as unknown as StoredBrake, now);',
      '',
      'src/fleet/memory/brake-desk.test.ts',
    ],
  ]),
  ...mutantsOf('src/fleet/memory/pause-desk.ts', [
    [
      'pauses-do-not-outlive-a-restart',
      'const all = [...newer, ...pauses];',
      'const all = [...newer];',
      'src/fleet/memory/pause-desk.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/memory/memory.ts', [
    [
      'transit-begins-anew',
      'sinceMs: now.elapsedMs - inStateMs(memory, machine, now),',
      'sinceMs: now.elapsedMs,',
      'src/core/memory/memory.test.ts',
    ],
  ]),
  ...mutantsOf('src/core/memory/remember.ts', [
    [
      'removals-that-go-on-count-twice',
      'if (mark !== null) return null;',
      '',
      'src/core/memory/remember.test.ts',
    ],
    [
      'doubtful-creates-count-as-none',
      "return result === 'failed' && OPEN_CODES.has(errorCode ?? '') ? 'doubt' : 'no';",
      "return 'no';",
      'src/core/memory/remember.test.ts',
    ],
    [
      'windows-keep-nothing',
      'const higher = descending([...history.higher, ...ended], count);',
      'const higher = descending([...ended], count).slice(1);',
      'src/core/memory/remember.test.ts',
    ],
  ]),
];
