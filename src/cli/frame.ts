/** The live table, and one app in full, as pure functions of what is known. */
import type { AppView } from '../seams/views.js';
import type { Happening } from './happening.js';
import { renderTable, truncate, type Cell, type Column, type Paint } from './table.js';
import { formatAge, formatMetrics, formatRange, nameOf, wrap } from './wording.js';

export interface FrameApp {
  readonly view: AppView;
  readonly happening: Happening;
}

export interface FrameInput {
  readonly apps: readonly FrameApp[];
  readonly nowMs: number;
  /** Lines above the table; the first stands out. */
  readonly heading: readonly string[];
  readonly footing: string;
  /** In place of the table as long as there are no apps. */
  readonly emptyText: string;
  /** The row that a key would open; null: none, since there are no keys. */
  readonly selected: number | null;
  readonly size: { readonly columns: number; readonly rows: number };
}

const COLUMNS: readonly Column[] = [
  { title: 'APP', minWidth: 9, rank: 1 },
  { title: 'METRIC', minWidth: 6, rank: 4, align: 'right' },
  { title: 'RUN/ALL', minWidth: 7, rank: 0, align: 'right' },
  { title: 'TARGET', minWidth: 6, rank: 0, align: 'right' },
  { title: 'WHAT IS HAPPENING', minWidth: 20, rank: 2 },
];

/** Several metrics must not take the room of what is done about them. */
const METRIC_WIDTH = 14;

/** For so long an action stands out. */
const FRESH_MS = 60_000;

/** Not wider and not higher than the terminal. */
export function renderFrame(input: FrameInput, paint: Paint): string[] {
  const { apps, nowMs, size, selected } = input;
  const heading = headingOf(input, paint);
  const footing = paint('faint', truncate(input.footing, size.columns));
  if (apps.length === 0)
    return [...heading, '', truncate(input.emptyText, size.columns)].slice(-size.rows);
  const room = size.rows - heading.length - 4;
  // With hardly any room the table alone is shown.
  const isBare = room < 3;
  const rowRoom = Math.max(1, isBare ? size.rows - 1 : room);
  const isCut = apps.length > rowRoom;
  const height = isCut ? rowRoom - 1 : apps.length;
  // The selected row is always among those that are shown.
  const first = Math.max(0, Math.min((selected ?? 0) - height + 1, apps.length - height));
  const rows = apps
    .slice(first, first + height)
    .map((app, index) => rowOf(app, nowMs, first + index === selected));
  const table = renderTable(COLUMNS, rows, size.columns, paint);
  const more = isCut
    ? [paint('faint', truncate(`… and ${apps.length - height} more`, size.columns))]
    : [];
  if (isBare) return [...table, ...more].slice(0, size.rows);
  return [...heading, '', ...table, ...more, '', footing];
}

/** One app with all that is known of it; what does not fit into the height is left out. */
export function renderApp(
  { view, happening }: FrameApp,
  input: Omit<FrameInput, 'apps' | 'selected' | 'emptyText'>,
  paint: Paint,
): string[] {
  const { nowMs, size } = input;
  const { lastAction, machinesByState } = view;
  const states = Object.entries(machinesByState ?? {}).map(([state, n]) => `${n} ${state}`);
  const facts: readonly (readonly [string, string])[] = [
    ['Now', sayingOf(view, happening, nowMs)],
    ['Metrics', formatMetrics(view.metrics, { isNamed: true })],
    ['Machines', states.length === 0 ? '-' : states.join(', ')],
    ['Run/all', runOfAll(view)],
    ['Target', targetOf(view)],
    ['Last action', lastAction === null ? '-' : lastActionOf(lastAction, nowMs)],
    ['Reasons', happening.details.join('\n') || '-'],
  ];
  const label = 13;
  const lines = facts.flatMap(([name, text]) =>
    text
      .split('\n')
      .flatMap((each) => wrap(each, Math.max(10, size.columns - label)))
      .map((line, index) =>
        truncate(`${(index === 0 ? name : '').padEnd(label)}${line}`, size.columns),
      ),
  );
  const title = paint('strong', truncate(nameOf(view), size.columns));
  const top = [...headingOf(input, paint), '', title];
  const footing = paint('faint', truncate(input.footing, size.columns));
  const room = size.rows - top.length - 2;
  // With hardly any room the app alone is shown.
  if (room < 3) return [title, ...lines].slice(0, size.rows);
  return [...top, ...lines.slice(0, room), '', footing].slice(0, size.rows);
}

function headingOf(
  { heading, size }: Pick<FrameInput, 'heading' | 'size'>,
  paint: Paint,
): string[] {
  return heading.map((line, index) => {
    const text = truncate(line, size.columns);
    return index === 0 ? paint('strong', text) : paint('faint', text);
  });
}

function rowOf({ view, happening }: FrameApp, nowMs: number, isSelected: boolean): Cell[] {
  const name = nameOf(view);
  return [
    isSelected ? { text: `> ${name}`, tone: 'strong' } : { text: name },
    { text: truncate(formatMetrics(view.metrics, { isNamed: false }), METRIC_WIDTH) },
    { text: runOfAll(view) },
    { text: targetOf(view) },
    { text: sayingOf(view, happening, nowMs), tone: happening.tone },
  ];
}

/** What is happening, with when it was done or how long it is held. */
function sayingOf(
  { lastAction }: AppView,
  { text, tone, isDeed, freeAtMs }: Happening,
  nowMs: number,
): string {
  if (freeAtMs !== null && freeAtMs > nowMs) return `${text}, ${formatAge(freeAtMs - nowMs)} left`;
  const ageMs = lastAction === null ? Number.POSITIVE_INFINITY : nowMs - lastAction.atMs;
  if (lastAction === null || ageMs >= FRESH_MS) return text;
  if (isDeed) return `${text} (${formatAge(ageMs)} ago)`;
  // Where more is to be said already there is no room for it.
  const hasRoom = tone === 'faint' && !text.includes(',');
  return hasRoom ? `${text}; ${lastAction.text} ${formatAge(ageMs)} ago` : text;
}

function lastActionOf(
  { text, why, atMs }: NonNullable<AppView['lastAction']>,
  nowMs: number,
): string {
  return `${text} (${formatAge(nowMs - atMs)} ago)${why === '' ? '' : `: ${why}`}`;
}

function runOfAll({ created, started }: AppView): string {
  return created === null ? '-' : `${started ?? 0}/${created}`;
}

/** One count by its number; when both have a target, as in RUN/ALL. */
function targetOf({ createdTarget, startedTarget }: AppView): string {
  const created = formatRange(createdTarget?.min ?? null, createdTarget?.max ?? null);
  const started = formatRange(startedTarget?.min ?? null, startedTarget?.max ?? null);
  if (startedTarget === null) return created;
  return createdTarget === null ? `${started}/-` : `${started}/${created}`;
}
