import type { CollectorDocs } from '../../seams/schema.js';

export const scheduleDocs: CollectorDocs = {
  title: 'Schedule',
  introduction:
    'A number by the time, for floors and ceilings: `max(queue_depth / 10, business_hours)`.',
  expression: 'business_hours',
  env: {
    about:
      'with a window on each line, or separated by `;`: five fields of cron, a duration, and the number',
    settings: {
      'metric-name': 'business_hours',
      windows: '0 8 * * 1-5 10h 5; 0 12 * * 1-5 2h 8',
      'time-zone': 'America/New_York',
    },
  },
  yaml: {
    settings: {
      'metric-name': 'business_hours',
      'time-zone': 'America/New_York',
      windows: [
        { start: '0 8 * * 1-5', duration: '10h', value: 5 },
        { start: '0 12 * * 1-5', duration: '2h', value: 8 },
      ],
      default: 1,
    },
  },
  notes: [
    '**Outside all windows** the number is `default`, 0 unless told. Where several windows are open, the largest value counts.',
    '**Cron** as crontab(5): lists, ranges, steps, English names of months and weekdays, 0 and 7 for Sunday. When both the day of the month and the day of the week are restricted, one of them is enough. In YAML, a start that begins with `*` needs quotes.',
    '**Daylight saving.** A start that the clocks skip is at the end of the gap; one that they show twice is at the first. The duration is elapsed time: a window of 8h over the change ends an hour earlier or later by the clocks.',
  ],
};
