import { z } from 'zod';
import { parseCron } from '../../core/time/cron.js';
import { timeZone } from '../../core/time/local-time.js';
import type { ScheduleWindow } from '../../core/time/window.js';
import { duration, setting } from '../../seams/schema.js';
import { metricName, textField } from '../shared/settings/fields.js';

export interface ValuedWindow extends ScheduleWindow {
  readonly value: number;
}

const LONGEST_MS = 366 * 86_400_000;

/** What a window may look like at first sight: that it is right is for `window` to say, with the place. */
const writtenWindow = z.looseObject({
  start: z.string().optional(),
  duration: z.union([z.string(), z.number()]).optional(),
  value: z.union([z.number(), z.string()]).optional(),
});

const text = z.string({ error: 'is required' });
const window = z
  .strictObject({
    start: text.transform((cron, context) => parsed(() => parseCron(cron), context)),
    duration: text
      .pipe(duration())
      .refine((ms) => ms <= LONGEST_MS, { error: 'must be at most 8784h' }),
    value: z.number({ error: 'must be a number' }),
  })
  .transform((w): ValuedWindow => ({ starts: w.start, durationMs: w.duration, value: w.value }));

const windows = z
  .union([z.string(), z.array(writtenWindow)])
  .transform((written, context): readonly ValuedWindow[] => {
    const list = typeof written === 'string' ? lines(written) : written;
    if (list.length === 0) {
      context.addIssue({ code: 'custom', message: 'must have at least one window' });
    }
    return list.flatMap((each, index) => {
      const length = typeof each.duration === 'number' ? String(each.duration) : each.duration;
      const result = window.safeParse({ ...each, duration: length });
      if (result.success) return [result.data];
      for (const issue of result.error.issues) {
        const where = ['window', index + 1, ...issue.path].join(' ');
        context.addIssue({ code: 'custom', message: `${where}: ${issue.message}` });
      }
      return [];
    });
  });

/** Five fields of cron, a duration and a number on one line. */
function lines(text: string): readonly z.output<typeof writtenWindow>[] {
  const written = text.split(/[;\n]/).filter((line) => line.trim() !== '');
  return written.map((line) => {
    const words = line.trim().split(/\s+/);
    return {
      start: words.slice(0, -2).join(' '),
      duration: words.at(-2) ?? '',
      value: Number(words.at(-1)),
    };
  });
}

export const scheduleSchema = z.strictObject({
  'metric-name': metricName,
  windows: setting(windows, {
    description:
      'When the number is another one: a list of start (cron), duration and value; or a text with these on a line each, or separated by ";". Where several are open, the largest value counts.',
    example: '0 8 * * 1-5 10h 5',
  }),
  'time-zone': setting(
    textField()
      .default('UTC')
      .transform((name, context) => parsed(() => timeZone(name), context)),
    {
      description: 'The time zone of the starts, by its IANA name.',
      example: 'America/New_York',
      defaultText: 'UTC',
    },
  ),
  default: setting(z.number().default(0), {
    description: 'The number while no window is open.',
    defaultText: '0',
  }),
});

export type ScheduleSettings = z.output<typeof scheduleSchema>;

function parsed<T>(parse: () => T, context: z.RefinementCtx): T {
  try {
    return parse();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
}
