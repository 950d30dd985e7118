/** What the rules of a policy say against each other and against its other settings. */
import { ANY_METRIC } from '../../core/model/missing.js';
import type { CountRange } from '../../core/model/policy.js';
import type { ScheduleRule } from '../../core/model/scheduled.js';
import { constantCount, type Metrics } from '../read/expression.js';
import { keyPlaceAt, placeAt, type Node } from '../yaml/node.js';
import { COUNT_KEYS, type CountRanges } from './policy.js';
import type { Place, Problem } from '../base/problem.js';
import type { LoadContext } from '../read/read.js';
import type { Section } from '../read/section.js';
import type { FlatSettings } from '../schema/settings.js';
import { didYouMean } from '../base/suggest.js';
import { checkMachineRules } from './check-machines.js';
import { firstMeetingMs } from '../rules/meeting.js';
import { schedulesOf } from '../rules/schedules.js';
import { COUNT_NAMES, type CountName } from '../../core/model/count.js';

export interface RuleCheck {
  readonly section: Section<FlatSettings>;
  readonly ranges: CountRanges;
  readonly metrics: Metrics;
  /** Wall time; null: whether schedules will contradict each other is not looked at. */
  readonly nowMs: number | null;
}

export function checkRules(check: RuleCheck, context: LoadContext): void {
  checkMachineRules(check.section, check.ranges, check.metrics, context);
  warnOfUnreachable(check, context);
  checkWindows(check, context);
  checkSteps(check, context);
  checkCooldowns(check, context);
  checkMissing(check, context);
  checkSchedules(check, context);
}

/** With the key as it stands where it was written, in a policy or an override for one. */
function named({ section }: RuleCheck, problem: Problem): Problem {
  const [head = ''] = problem.key.split(/[.[]/, 1);
  return { ...problem, key: `${section.keyOf(head)}${problem.key.slice(head.length)}` };
}

const DIRECTIONS = ['scale-up', 'scale-down'] as const;

/** Where a key is written; undefined: it is not. */
function placeOf(
  { section }: RuleCheck,
  key: string,
  ...path: readonly PropertyKey[]
): Place | undefined {
  const node: Node | undefined = section.written.get(key);
  return node && placeAt(node, path);
}

function checkWindows(check: RuleCheck, { findings }: LoadContext): void {
  for (const direction of DIRECTIONS) {
    const nested = check.section.settings.behavior?.[direction]?.['stabilization-window'];
    const flat = [`${direction}-stabilization-window`, `${direction}-cooldown`];
    const names = nested === undefined ? [] : [`behavior.${direction}.stabilization-window`];
    for (const key of flat) {
      const place = placeOf(check, key);
      if (place === undefined) continue;
      const [other] = names;
      if (other !== undefined) {
        findings.add(
          named(check, {
            key,
            message: `says the same as ${other}, which is given too`,
            hint: `remove one of ${other} and ${key}`,
            place,
          }),
        );
      }
      names.push(key);
    }
  }
}

function checkSteps(check: RuleCheck, { findings }: LoadContext): void {
  for (const direction of DIRECTIONS) {
    const [size, interval] = [`${direction}-step-size`, `${direction}-step-interval`] as const;
    const place = placeOf(check, size);
    const limits = check.section.settings.behavior?.[direction]?.limits ?? [];
    if (place !== undefined && limits.length > 0) {
      findings.add(
        named(check, {
          key: size,
          message: `cannot be given together with behavior.${direction}.limits`,
          hint: `write it as one of the limits, or remove them`,
          place,
        }),
      );
    }
    const alone = placeOf(check, interval);
    if (alone === undefined || place !== undefined) continue;
    findings.warn(
      named(check, {
        key: interval,
        message: `has no effect without ${size}`,
        hint: `set ${size} too, or remove it`,
        place: alone,
      }),
    );
  }
}

/** A cooldown that is over before the next pass waits for nothing. */
function checkCooldowns(check: RuleCheck, { findings }: LoadContext): void {
  const { behavior, interval } = check.section.settings;
  if (interval === undefined) return;
  for (const direction of DIRECTIONS) {
    const cooldownMs = behavior?.[direction]?.cooldown ?? 0;
    const place = placeOf(check, 'behavior', direction, 'cooldown');
    if (cooldownMs === 0 || cooldownMs >= interval || place === undefined) continue;
    findings.add(
      named(check, {
        key: `behavior.${direction}.cooldown`,
        message: `is shorter than the interval, so it never waits for anything`,
        hint: 'make it at least as long as interval, or 0s',
        place,
      }),
    );
  }
}

function checkMissing(check: RuleCheck, { findings }: LoadContext): void {
  const { section, metrics } = check;
  const node = section.written.get('missing-data');
  const written = section.settings['missing-data'];
  if (node === undefined || written === undefined || !metrics.isComplete) return;
  for (const metric of Object.keys(written)) {
    if (metric === ANY_METRIC || metrics.names.includes(metric)) continue;
    const known = [...metrics.names].sort().join(', ');
    findings.add(
      named(check, {
        key: `missing-data.${metric}`,
        message: 'no collector gives a metric of that name',
        hint: didYouMean(metric, metrics.names) ?? `known metrics: ${known}; * is for all`,
        place: keyPlaceAt(node, [], metric),
      }),
    );
  }
}

/** Null: there may be so many, with the spares beside those that run. */
function aboveCeiling(
  { section }: RuleCheck,
  count: CountName,
  least: number,
  most: number,
): Pick<Problem, 'message' | 'hint'> | null {
  const spare = count === 'started' ? (section.settings.spare ?? 0) : 0;
  if (least + spare <= most) return null;
  const beside = spare === 0 ? '' : `with ${spare} to spare `;
  return {
    message: `${beside}is above max-machines-per-app, which is ${most}`,
    hint: 'raise max-machines-per-app, or lower it',
  };
}

/** Constant counts that other settings never allow. The ceiling holds whatever the expressions say, so it is no mistake. */
function warnOfUnreachable(check: RuleCheck, { findings }: LoadContext): void {
  const { section, ranges } = check;
  const { schedules = [], 'max-machines-per-app': most } = section.settings;
  const createdMost = constantEnd(ranges.created, 'max');
  for (const count of COUNT_NAMES) {
    const range = ranges[count];
    const least = constantEnd(range, 'min');
    if (range === null || least === undefined) continue;
    const key = keyOfEnd(count, range, 'min');
    const place = placeOf(check, key);
    const warn = (problem: Pick<Problem, 'message' | 'hint'>): void =>
      findings.warn(named(check, { ...problem, key, ...(place && { place }) }));
    const problem = most === undefined ? null : aboveCeiling(check, count, least, most);
    if (problem !== null) warn(problem);
    if (count === 'created' || ranges.created === null || createdMost === undefined) continue;
    const floors = schedules.map((schedule) => schedule['min-created'] ?? 0);
    if (least <= Math.max(1, createdMost, ...floors)) continue;
    const created = keyOfEnd('created', ranges.created, 'max');
    warn({
      message: `is above ${created}, which is ${createdMost}: no more machines run than exist`,
      hint: `raise ${created}, or lower it`,
    });
  }
}

function constantEnd(range: CountRange | null, end: keyof CountRange): number | undefined {
  return range === null ? undefined : constantCount(range[end]);
}

function keyOfEnd(count: CountName, { min, max }: CountRange, end: keyof CountRange): string {
  return COUNT_KEYS[count][min === max ? 'single' : end];
}

function checkSchedules(check: RuleCheck, context: LoadContext): void {
  const { section, nowMs } = check;
  const { schedules, 'max-machines-per-app': most } = section.settings;
  const node = section.written.get('schedules');
  if (schedules === undefined || node === undefined) return;
  const { findings } = context;
  for (const [index, written] of schedules.entries()) {
    for (const count of COUNT_NAMES) {
      const keys = [`min-${count}`, `max-${count}`] as const;
      const key = keys.find((each) => written[each] !== undefined);
      if (key !== undefined && !hasCount(section, count))
        findings.add(
          named(check, {
            key: `schedules[${index}].${key}`,
            message: `needs ${count}-machine-count: without it that count is left alone`,
            hint: `set ${count}-machine-count, or use ${key.slice(0, 3)}-${count === 'created' ? 'started' : 'created'}`,
            place: placeAt(node, [index, key]),
          }),
        );
      const [floor] = keys;
      const least = written[floor];
      if (least === undefined || most === undefined) continue;
      const problem = aboveCeiling(check, count, least, most);
      const place = placeAt(node, [index, floor]);
      if (problem !== null)
        findings.add(named(check, { ...problem, key: `schedules[${index}].${floor}`, place }));
    }
  }
  if (nowMs !== null) warnOfClashes(check, schedulesOf({ schedules }), node, nowMs, context);
}

function hasCount({ written, refused }: RuleCheck['section'], count: string): boolean {
  const keys = ['', 'min-', 'max-'].map((prefix) => `${prefix}${count}-machine-count`);
  return keys.some((key) => written.has(key) || refused.has(key));
}

const AHEAD_MS = 400 * 86_400_000;

/** A floor above a ceiling wins, which is hardly what was meant. */
function warnOfClashes(
  check: RuleCheck,
  schedules: readonly ScheduleRule[],
  node: Node,
  nowMs: number,
  { findings }: LoadContext,
): void {
  for (const count of COUNT_NAMES) {
    for (const [index, { when, [count]: bounds }] of schedules.entries()) {
      for (const { when: other, [count]: ceiling } of schedules) {
        const isAbove = bounds.min !== null && ceiling.max !== null && bounds.min > ceiling.max;
        if (!isAbove || when === other) continue;
        const atMs = firstMeetingMs(when.written, other.written, nowMs, nowMs + AHEAD_MS);
        if (atMs === null) continue;
        findings.warn(
          named(check, {
            key: `schedules[${index}].min-${count}`,
            message: `the floor ${bounds.min} is above the ceiling ${ceiling.max} of "${other.text}" while both are open, the next time at ${new Date(atMs).toISOString()}; the floor wins`,
            hint: 'let the windows not overlap, or lower the floor',
            place: placeAt(node, [index, `min-${count}`]),
          }),
        );
        break;
      }
    }
  }
}
