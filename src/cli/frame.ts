/** The live table, as a pure function of what is known. */
import type { AppView } from '../views.js';
import { renderTable, truncate, type Cell, type Column, type Paint } from './table.js';
import { formatAge, formatMetrics, formatRange, nameOf } from './wording.js';

export interface FrameInput {
  readonly views: readonly AppView[];
  readonly nowMs: number;
  /** Lines above the table; the first stands out. */
  readonly heading: readonly string[];
  readonly footing: string;
  readonly size: { readonly columns: number; readonly rows: number };
}

const COLUMNS: readonly Column[] = [
  { title: 'APP', minWidth: 9, rank: 1 },
  { title: 'METRIC', minWidth: 6, rank: 2, align: 'right' },
  { title: 'RUN/ALL', minWidth: 7, rank: 0, align: 'right' },
  { title: 'TARGET', minWidth: 6, rank: 0, align: 'right' },
  { title: 'LAST ACTION', minWidth: 15, rank: 3 },
  { title: 'WHY', minWidth: 20, rank: 4 },
];

/** Several metrics must not take the room of what was done about them. */
const METRIC_WIDTH = 14;

/** For so long an action stands out. */
const FRESH_MS = 60_000;

/** Not wider and not higher than the terminal. */
export function renderFrame(input: FrameInput, paint: Paint): string[] {
  const { views, nowMs, size } = input;
  const heading = input.heading.map((line, index) => {
    const text = truncate(line, size.columns);
    return index === 0 ? paint('strong', text) : paint('faint', text);
  });
  const footing = paint('faint', truncate(input.footing, size.columns));
  const room = size.rows - heading.length - 4;
  // With hardly any room the table alone is shown.
  const isBare = room < 3;
  const rowRoom = Math.max(1, isBare ? size.rows - 1 : room);
  const hidden = views.length > rowRoom ? views.length - (rowRoom - 1) : 0;
  const shown = views.slice(0, views.length - hidden);
  const rows = shown.map((view) => rowOf(view, nowMs));
  const table = renderTable(COLUMNS, rows, size.columns, paint);
  const more = hidden === 0 ? [] : [paint('faint', truncate(`… and ${hidden} more`, size.columns))];
  if (isBare) return [...table, ...more].slice(0, size.rows);
  return [...heading, '', ...table, ...more, '', footing];
}

function rowOf(view: AppView, nowMs: number): Cell[] {
  const { lastAction } = view;
  const ageMs = lastAction === null ? null : nowMs - lastAction.atMs;
  const isFresh = ageMs !== null && ageMs < FRESH_MS;
  return [
    { text: nameOf(view) },
    { text: truncate(formatMetrics(view.metrics, { isNamed: false }), METRIC_WIDTH) },
    { text: view.created === null ? '-' : `${view.started ?? 0}/${view.created}` },
    { text: targetOf(view) },
    {
      text:
        lastAction === null || ageMs === null ? '-' : `${lastAction.text} (${formatAge(ageMs)})`,
      tone: isFresh ? 'good' : 'faint',
    },
    {
      text: view.level === 'quiet' && isFresh ? (lastAction?.why ?? view.state) : view.state,
      tone: view.level === 'warn' ? 'bad' : 'faint',
    },
  ];
}

/** One count by its number; when both have a target, as in RUN/ALL. */
function targetOf({ createdTarget, startedTarget }: AppView): string {
  const created = formatRange(createdTarget?.min ?? null, createdTarget?.max ?? null);
  const started = formatRange(startedTarget?.min ?? null, startedTarget?.max ?? null);
  if (startedTarget === null) return created;
  return createdTarget === null ? `${started}/-` : `${started}/${created}`;
}
