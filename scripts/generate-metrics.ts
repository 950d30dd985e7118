/** Writes docs/metrics.md from the table of metrics. */
import { writeFileSync } from 'node:fs';
import { metricsDocs } from '../src/record/metrics/metrics-docs.js';

writeFileSync(new URL('../docs/metrics.md', import.meta.url), metricsDocs());
