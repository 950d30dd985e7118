/** What holds at certain times. */
import { z } from 'zod';
import type { ScheduleRule } from '../../core/model/scheduled.js';
import { setting } from '../../seams/schema.js';
import { recurrenceOf, windowShape } from './windows.js';

const machines = z.number().int().min(0).optional();

const BOUNDS = ['min-created', 'max-created', 'min-started', 'max-started'] as const;

const schedule = z
  .strictObject({
    ...windowShape,
    'min-created': setting(machines, {
      description: 'At least so many machines exist, also while metrics are missing.',
    }),
    'max-created': setting(z.number().int().min(1).optional(), {
      description: 'At most so many machines exist.',
    }),
    'min-started': setting(machines, {
      description: 'At least so many machines run, also while metrics are missing.',
    }),
    'max-started': setting(machines, { description: 'At most so many machines run.' }),
    freeze: setting(z.enum(['in', 'out', 'all']).optional(), {
      description: '`in` forbids removing, `out` adding, `all` both, whoever asks for it.',
    }),
  })
  .superRefine((written, context) => {
    const says = [...BOUNDS, 'freeze' as const].some((key) => written[key] !== undefined);
    if (!says) {
      const message = `says nothing: it needs ${BOUNDS.join(', ')} or freeze`;
      context.addIssue({ code: 'custom', message });
    }
    for (const count of ['created', 'started'] as const) {
      const [min, max] = [written[`min-${count}`], written[`max-${count}`]];
      if (min === undefined || max === undefined || min <= max) continue;
      const message = `is above max-${count}, which is ${max}`;
      context.addIssue({ code: 'custom', path: [`min-${count}`], message });
    }
  });

export const schedulesShape = {
  schedules: setting(z.array(schedule).default([]), {
    description:
      'Least and most machines, and freezes, at certain times. The highest floor and the lowest ceiling win, and a floor beats a ceiling.',
    isFileOnly: true,
    example:
      '[{ cron: "0 8 * * 1-5", duration: 10h, time-zone: Europe/Berlin, min-created: 5 }, { cron: "0 22 * * *", duration: 8h, freeze: in }]',
  }),
};

const shape = z.object(schedulesShape);
export type ScheduleSettings = z.output<typeof shape>;

export function schedulesOf({ schedules }: ScheduleSettings): readonly ScheduleRule[] {
  return schedules.map((written) => ({
    when: recurrenceOf(written.cron, written.duration, written['time-zone']),
    created: { min: written['min-created'] ?? null, max: written['max-created'] ?? null },
    started: { min: written['min-started'] ?? null, max: written['max-started'] ?? null },
    freeze: written.freeze ?? null,
  }));
}
