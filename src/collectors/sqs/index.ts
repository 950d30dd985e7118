import type { CollectorDefinition } from '../../seams/schema.js';
import { sqsCollector } from './collector.js';
import { sqsDocs } from './docs.js';
import { sqsSchema, type SqsSettings } from './settings.js';

export const sqs: CollectorDefinition<SqsSettings> = {
  type: 'sqs',
  envPrefix: 'FAS_SQS',
  schema: sqsSchema,
  maxAnswerBytes: 1_000_000,
  summary: 'The messages in a queue of Amazon SQS: visible, in flight and delayed.',
  create: sqsCollector,
  docs: sqsDocs,
};
