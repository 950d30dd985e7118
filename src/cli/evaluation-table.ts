import type { Evaluation } from './evaluation.js';
import { levelOf } from '../record/report/problem.js';
import { renderTable, type Cell, type Column, type Paint } from './table.js';
import { formatMetrics, formatRange, nameOf } from './wording.js';

const COLUMNS: readonly Column[] = [
  { title: 'APP', minWidth: 12, rank: 1 },
  { title: 'METRICS', minWidth: 10, rank: 2 },
  { title: 'CREATED', minWidth: 7, rank: 0, align: 'right' },
  { title: 'STARTED', minWidth: 7, rank: 0, align: 'right' },
  { title: 'REASONS', minWidth: 10, rank: 3 },
];

/** Lines with their ends. */
export function evaluationTable(
  evaluations: readonly Evaluation[],
  width: number,
  paint: Paint,
): string {
  const rows = evaluations.map((evaluation): Cell[] => {
    const { metrics, created, started, reasons } = evaluation;
    const isTroubled = reasons.some(({ code }) => levelOf(code) === 'warn');
    return [
      { text: nameOf(evaluation) },
      { text: formatMetrics(Object.entries(metrics), { isNamed: true }) },
      { text: formatRange(created.min, created.max) },
      { text: formatRange(started.min, started.max) },
      {
        text: reasons.map(({ code, detail }) => `${code}: ${detail}`).join('; '),
        tone: isTroubled ? 'bad' : 'faint',
      },
    ];
  });
  return `${renderTable(COLUMNS, rows, width, paint).join('\n')}\n`;
}
