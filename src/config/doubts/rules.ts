/** Rules of which one makes another pointless. */
import type { StepLimit } from '../../core/model/behavior.js';
import { formatDurationMs } from '../../core/time/duration.js';
import type { Problem } from '../base/problem.js';
import { placeAt } from '../yaml/node.js';
import { about, type MadePolicy, type Subject } from './doubt.js';

export function pointlessRules(subject: Subject): readonly Problem[] {
  return subject.policies.flatMap((made) => [
    ...limits(made),
    ...budgets(made),
    ...ceilings(made, subject),
  ]);
}

type Amount = Pick<StepLimit, 'kind' | 'amount' | 'periodMs'>;

/** What is counted over a longer time is never less. A share is one of the count when its period began: only of one period do two compare. */
function allowsLess(a: Amount, b: Amount): boolean {
  if (a.kind !== b.kind || (a.kind === 'percent' && a.periodMs !== b.periodMs)) return false;
  return a.amount <= b.amount && a.periodMs >= b.periodMs;
}

function textOf({ kind, amount, periodMs }: Amount): string {
  const what = kind === 'percent' ? `${amount} %` : String(amount);
  return periodMs === 0 ? what : `${what} in ${formatDurationMs(periodMs)}`;
}

/** Index of each that another hides, with that other. Of two alike the later is hidden. */
function hiddenBy<T>(
  rules: readonly T[],
  hides: (other: T, rule: T) => boolean,
): readonly (readonly [index: number, other: T])[] {
  return rules.flatMap((rule, index) => {
    const other = rules.find(
      (each, i) => i !== index && hides(each, rule) && (i < index || !hides(rule, each)),
    );
    return other === undefined ? [] : [[index, other] as const];
  });
}

const DIRECTIONS = [
  ['scale-up', 'scaleUp'],
  ['scale-down', 'scaleDown'],
] as const;

function limits(made: MadePolicy): readonly Problem[] {
  const node = made.section.written.get('behavior');
  if (node === undefined) return [];
  return DIRECTIONS.flatMap(([key, name]) => {
    const { limits: rules, select } = made.policy.behavior[name];
    const at = (path: readonly PropertyKey[], text: string, problem: Said): Problem => ({
      ...about(made, 'behavior', problem),
      key: `${made.section.keyOf('behavior')}.${key}.${text}`,
      place: placeAt(node, [key, ...path]),
    });
    const written = made.section.settings.behavior?.[key]?.limits?.length ?? 0;
    if (select === 'disabled') {
      if (written === 0) return [];
      const message = 'have no effect beside select: disabled, which forbids any change';
      return [at(['limits'], 'limits', { message, hint: 'remove them, or select' })];
    }
    const hides = (other: Amount, rule: Amount): boolean =>
      select === 'max' ? allowsLess(rule, other) : allowsLess(other, rule);
    return hiddenBy(rules.slice(0, written), hides).map(([index, other]) =>
      at(['limits', index], `limits[${index}]`, {
        message: `never matters: with select: ${select} the limit of ${textOf(other)} always holds`,
        hint: `remove one of the two, or set select: ${select === 'max' ? 'min' : 'max'}`,
      }),
    );
  });
}

type Said = Pick<Problem, 'message' | 'hint'>;

function budgets(made: MadePolicy): readonly Problem[] {
  const node = made.section.written.get('removal-budgets');
  const { budgets: rules } = made.policy;
  if (node === undefined) return [];
  const hidden = hiddenBy(rules, (other, rule) => {
    const isOpenThen = other.when === null || other.when.text === rule.when?.text;
    // None is none, whatever the period.
    const isNone = other.kind === 'machines' && other.amount === 0;
    return isOpenThen && (isNone || allowsLess(other, rule));
  });
  return hidden.map(([index, other]) => ({
    ...about(made, 'removal-budgets', {
      message: `never matters: the budget of ${textOf(other)} allows no more, and the tightest holds`,
      hint: 'remove one of the two',
    }),
    key: `${made.section.keyOf('removal-budgets')}[${index}]`,
    place: placeAt(node, [index]),
  }));
}

/** A ceiling above another that always holds. */
function ceilings(made: MadePolicy, { flat }: Subject): readonly Problem[] {
  const { maxMachinesPerApp, maxCreatePerPass } = made.policy.caps;
  const fleet = flat.settings['max-machines'];
  const found: Problem[] = [];
  const isWritten = (key: string): boolean => made.section.written.has(key);
  if (isWritten('max-machines-per-app') && fleet !== undefined && maxMachinesPerApp >= fleet) {
    const message = `never matters: max-machines allows ${fleet} for all apps together`;
    const hint = 'lower it, or raise max-machines';
    // With one app, both may say the same.
    if (maxMachinesPerApp > fleet)
      found.push(about(made, 'max-machines-per-app', { message, hint }));
  }
  if (isWritten('max-create-per-pass') && (maxCreatePerPass ?? 0) > maxMachinesPerApp) {
    const message = `never matters: max-machines-per-app allows ${maxMachinesPerApp} in all`;
    const hint = 'lower it, or raise max-machines-per-app';
    found.push(about(made, 'max-create-per-pass', { message, hint }));
  }
  return found;
}
