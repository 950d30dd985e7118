/** The one list of what a good configuration says that is probably not meant. */
import type { Findings } from '../base/problem.js';
import type { Doubt, Subject } from './doubt.js';
import {
  comments,
  countsThatFail,
  keepsOneMachine,
  rounding,
  zeroDivisions,
} from './expressions.js';
import { pointlessRules } from './rules.js';
import { replacedEverywhere, tooShort, unknownRegions } from './settings.js';
import { doubtfulSources, sameForAllApps } from './sources.js';

export const DOUBTS: readonly Doubt[] = [
  {
    code: 'comment-in-expression',
    level: 'warning',
    meaning:
      'An expression such as `queue // 5`: `//` begins a comment, so that the count is five times what was meant. A remark in words is none.',
    find: comments,
  },
  {
    code: 'division-by-zero',
    level: 'warning',
    meaning: 'An expression divides by a constant 0 and gives no count.',
    find: zeroDivisions,
  },
  {
    code: 'no-count',
    level: 'warning',
    meaning: 'An expression that reads nothing and fails: so it would in each pass.',
    find: countsThatFail,
  },
  {
    code: 'created-count-of-zero',
    level: 'warning',
    meaning: 'A created count of 0: every app keeps one machine, from which others are cloned.',
    find: keepsOneMachine,
  },
  {
    code: 'same-for-all-apps',
    level: 'warning',
    meaning:
      'Apps by a wildcard, counted by a metric whose settings do not name the app, by `$APP_NAME`, `app-label` or `app-column`: each would get machines for the load of all. A metric for back-pressure, or one that only bounds a count beside a metric of the app, may be one for all.',
    find: sameForAllApps,
  },
  {
    code: 'doubtful-source',
    level: 'warning',
    meaning: "A source that will refuse to answer, such as Fly's Prometheus without a token.",
    find: doubtfulSources,
  },
  {
    code: 'too-short',
    level: 'warning',
    meaning: 'A time that was probably written with a wrong unit, such as `interval: 1ms`.',
    find: tooShort,
  },
  {
    code: 'unknown-region',
    level: 'warning',
    meaning: 'A region that Fly does not have, or has no more.',
    find: unknownRegions,
  },
  {
    code: 'replaced-everywhere',
    level: 'warning',
    meaning: 'A flat key beside policies that each of them replaces.',
    find: replacedEverywhere,
  },
  {
    code: 'pointless-rule',
    level: 'warning',
    meaning:
      'One of two rules that can never matter: a limit, a budget or a ceiling beside one that always comes first.',
    find: pointlessRules,
  },
  {
    code: 'rounded-to-nearest',
    level: 'note',
    meaning:
      'A count from a division without `ceil()`: 8.4 is 8 machines, and up to half a machine is missing.',
    find: rounding,
  },
];

/** Notes what is found in a configuration without mistakes. */
export function findDoubts(subject: Subject, findings: Findings): void {
  for (const { code, level, find } of DOUBTS)
    for (const problem of find(subject))
      if (level === 'warning') findings.warn({ ...problem, code });
      else findings.note({ ...problem, code });
}
