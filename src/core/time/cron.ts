/** When a schedule starts: the five fields of cron, as crontab(5) has them. */

export interface Cron {
  /** Minutes of the day at which it starts, ascending. */
  readonly minutesOfDay: readonly number[];
  /** Whether it starts on that day of the calendar: month 1 to 12, weekday 0 (Sunday) to 6. */
  isOn(day: { readonly month: number; readonly day: number; readonly weekday: number }): boolean;
}

/** The text is no schedule; the message says why. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface FieldRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of values, from `min` on. */
  readonly words?: readonly string[];
}

const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59 };
const HOUR: FieldRule = { name: 'hour', min: 0, max: 23 };
const DAY: FieldRule = { name: 'day of the month', min: 1, max: 31 };
const MONTH: FieldRule = {
  name: 'month',
  min: 1,
  max: 12,
  words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};
/** 7 is Sunday too. */
const WEEKDAY: FieldRule = {
  name: 'day of the week',
  min: 0,
  max: 7,
  words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
};
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Lists, ranges, steps and English names. When both days are restricted, one of them is enough, as crontab(5) says.
 * Throws `CronError`.
 */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new CronError(
      `must have five fields (minute, hour, day, month, day of the week), has ${text.trim() === '' ? 0 : fields.length}`,
    );
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = parseField(minute, MINUTE);
  const hours = parseField(hour, HOUR);
  const days = parseField(day, DAY);
  const months = parseField(month, MONTH);
  const weekdays = new Set([...parseField(weekday, WEEKDAY)].map((value) => value % 7));
  const isEitherEnough = !day.startsWith('*') && !weekday.startsWith('*');
  if (!isEitherEnough && !canCome(days, months)) {
    throw new CronError(`day ${day} never comes in month ${month}`);
  }
  return {
    minutesOfDay: [...hours]
      .flatMap((h) => [...minutes].map((m) => h * 60 + m))
      .sort((a, b) => a - b),
    isOn(date) {
      if (!months.has(date.month)) return false;
      const isDay = days.has(date.day);
      const isWeekday = weekdays.has(date.weekday);
      return isEitherEnough ? isDay || isWeekday : isDay && isWeekday;
    },
  };
}

function canCome(days: ReadonlySet<number>, months: ReadonlySet<number>): boolean {
  const first = Math.min(...days);
  return [...months].some((month) => first <= (LONGEST_MONTHS[month - 1] ?? 0));
}

function parseField(text: string, rule: FieldRule): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, ...rest] = part.split('/');
    const [first, last] = parseRange(range, rule);
    const isStepped = step !== undefined;
    const stepSize = isStepped ? Number(step) : 1;
    const isStepFine = /^[1-9]\d*$/.test(step ?? '1') && rest.length === 0;
    if (!isStepFine || (isStepped && range !== '*' && !range.includes('-'))) {
      throw new CronError(`${rule.name}: "${part}" has a step without a range`);
    }
    for (let value = first; value <= last; value += stepSize) values.add(value);
  }
  return values;
}

function parseRange(text: string, rule: FieldRule): readonly [number, number] {
  // Sunday twice would make every second day wrong.
  if (text === '*') return [rule.min, rule === WEEKDAY ? 6 : rule.max];
  const [from = '', to = from, ...rest] = text.split('-');
  const first = parseValue(from, rule);
  const last = parseValue(to, rule);
  if (rest.length > 0 || first > last) {
    throw new CronError(`${rule.name}: "${text}" is no range from less to more`);
  }
  return [first, last];
}

function parseValue(text: string, rule: FieldRule): number {
  const word = rule.words?.indexOf(text.toLowerCase()) ?? -1;
  const value = word >= 0 ? word + rule.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= rule.min && value <= rule.max) return value;
  throw new CronError(`${rule.name}: "${text}" is not within ${rule.min} to ${rule.max}`);
}
