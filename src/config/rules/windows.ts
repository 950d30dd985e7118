/** Windows of time that come again and again, as settings. */
import { z } from 'zod';
import { CronError, parseCron } from '../../core/time/cron.js';
import { timeZone } from '../../core/time/local-time.js';
import { Recurrence } from '../../core/time/recurrence.js';
import { duration, setting } from '../../seams/schema.js';

const LONGEST_MS = 366 * 86_400_000;

const cron = z.string().superRefine((text, context) => {
  try {
    parseCron(text);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

const length = duration().refine((ms) => ms <= LONGEST_MS, { error: 'must be at most 8784h' });

const zone = z.string().superRefine((name, context) => {
  try {
    timeZone(name);
  } catch {
    const message = `"${name}" is no time zone such as Europe/Berlin`;
    context.addIssue({ code: 'custom', message });
  }
});

const CRON = {
  description:
    'When it begins: minute, hour, day of the month, month, day of the week. A start that the clocks skip is at the end of the gap, one that they show twice at the first.',
  example: '0 8 * * 1-5',
};
const LENGTH = { description: 'How long it lasts, in elapsed time.', example: '10h' };
const ZONE = { description: 'The time zone of its start, by its IANA name.' };

export const windowShape = {
  cron: setting(cron, CRON),
  duration: setting(length, LENGTH),
  'time-zone': setting(zone.default('UTC'), ZONE),
};

export const optionalWindowShape = {
  cron: setting(cron.optional(), CRON),
  duration: setting(length.optional(), LENGTH),
  'time-zone': setting(zone.default('UTC'), ZONE),
};

export function recurrenceOf(cron: string, durationMs: number, zoneName: string): Recurrence {
  return new Recurrence({ cron, durationMs, zone: zoneName });
}
