import type { CollectorDefinition } from '../../seams/schema.js';
import { prometheusCollector } from './collector.js';
import { prometheusDocs } from './docs.js';
import { prometheusDoubts } from './doubts.js';
import { prometheusSchema, type PrometheusSettings } from './settings.js';

export const prometheus: CollectorDefinition<PrometheusSettings> = {
  type: 'prometheus',
  envPrefix: 'FAS_PROMETHEUS',
  schema: prometheusSchema,
  maxAnswerBytes: 16_000_000,
  summary: 'The result of a query to Prometheus, VictoriaMetrics or anything else with their API.',
  isPerInstance: (settings) => settings.per === 'instance',
  doubts: prometheusDoubts,
  create: prometheusCollector,
  docs: prometheusDocs,
};
