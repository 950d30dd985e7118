import { z } from 'zod';
import { setting } from '../../seams/schema.js';
import {
  defaultValue,
  metricName,
  textField,
  textMapField,
  timeout,
} from '../shared/settings/fields.js';
import { maxAgeSetting } from '../shared/pacing/max-age.js';

export const moduleSchema = z.strictObject({
  'metric-name': metricName,
  path: setting(textField(), {
    description:
      'An ES module that exports createCollector; relative to the folder in which the program is started.',
    example: './my-collector.js',
  }),
  options: setting(textMapField(), {
    description:
      'Given to createCollector: names and texts, as a map or as a text with a line "name: value" for each.',
    isSecret: true,
    example: 'host: jobs.internal',
    defaultText: 'none',
  }),
  default: defaultValue,
  'max-age': maxAgeSetting('Judged by atMs of the samples that the module gives.'),
  timeout,
});

export type ModuleSettings = z.output<typeof moduleSchema>;
