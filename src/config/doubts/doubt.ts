/** What a good configuration says that is probably not meant, and what is looked at to find it. */
import type { CountRange, Policy } from '../../core/model/policy.js';
import type { CountName } from '../../core/model/count.js';
import type { Program } from '../../expr/index.js';
import type { Problem } from '../base/problem.js';
import { COUNT_KEYS } from '../policies/policy.js';
import type { Section } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';
import type { LoadedCollector } from '../sources/collectors.js';

/** A policy with the settings that made it. */
export interface MadePolicy {
  readonly section: Section<FlatSettings>;
  readonly policy: Policy;
}

export interface Subject {
  /** What the flat keys say, of policies and of the process. */
  readonly flat: Section<FlatSettings>;
  /** False: the flat keys alone make the one policy. */
  readonly hasPolicies: boolean;
  /** As they are written; then as overrides change them, as far as is known before the apps are. */
  readonly policies: readonly MadePolicy[];
  readonly collectors: readonly LoadedCollector[];
}

export interface Doubt {
  /** For programs that read the answer. */
  readonly code: string;
  /** A `warning` is a mistake in all likelihood; a `note` is worth knowing. */
  readonly level: 'warning' | 'note';
  /** What it is and what would come of it, for the docs. */
  readonly meaning: string;
  readonly find: (subject: Subject) => readonly Problem[];
}

export interface CountExpression {
  readonly count: CountName;
  readonly end: 'single' | 'min' | 'max';
  readonly key: string;
  readonly program: Program;
}

/** The expressions of a policy that give counts. */
export function countExpressions({ policy }: MadePolicy): readonly CountExpression[] {
  const of = (count: CountName, range: CountRange | null): readonly CountExpression[] => {
    if (range === null) return [];
    const keys = COUNT_KEYS[count];
    const { min, max } = range;
    if (min === max) return [{ count, end: 'single', key: keys.single, program: min }];
    return [
      { count, end: 'min', key: keys.min, program: min },
      { count, end: 'max', key: keys.max, program: max },
    ];
  };
  return [...of('created', policy.created), ...of('started', policy.started)];
}

/** With the key and the place of what is written; none where the setting is a default. */
export function about(
  { section }: Pick<MadePolicy, 'section'>,
  key: string,
  { message, hint }: Pick<Problem, 'message' | 'hint'>,
): Problem {
  const place = section.written.get(key)?.place;
  return {
    key: section.keyOf(key),
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
  };
}
