/** Tables for a terminal, as pure functions. */

export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'bad';
/** Colours a text; must not change how wide it shows. */
export type Paint = (tone: Tone, text: string) => string;

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** It shrinks down to so many characters. */
  readonly minWidth: number;
  /** When room is short the highest rank shrinks first; when that is not enough it is left out. 0 never is. */
  readonly rank: number;
}

export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

const GAP = '  ';

/** Header and rows, none wider than `width` unless the columns of rank 0 are. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
  paint: Paint,
): string[] {
  const natural = columns.map((column, index) =>
    Math.max(length(column.title), ...rows.map((row) => length(row[index]?.text ?? ''))),
  );
  const widths = fit(columns, natural, width);
  const header = columns.map(({ title }): Cell => ({ text: title, tone: 'strong' }));
  return [header, ...rows].map((row) => renderRow(columns, row, widths, paint));
}

function renderRow(
  columns: readonly Column[],
  row: readonly Cell[],
  widths: readonly number[],
  paint: Paint,
): string {
  const shown = columns.flatMap((column, index) => {
    const width = widths[index] ?? 0;
    if (width === 0) return [];
    const cell = row[index] ?? { text: '' };
    return [{ column, text: truncate(cell.text, width), tone: cell.tone ?? 'plain', width }];
  });
  return shown
    .map(({ column, text, tone, width }, index) => {
      const padding = ' '.repeat(width - length(text));
      const painted = tone === 'plain' ? text : paint(tone, text);
      if (column.align === 'right') return padding + painted;
      // Blanks at the end of a line would wrap where the table fills the terminal.
      return index === shown.length - 1 ? painted : painted + padding;
    })
    .join(GAP);
}

/** The width of each column; 0: left out. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const excess = (): number => {
    const shown = widths.filter((w) => w > 0);
    return shown.reduce((sum, w) => sum + w, 0) + GAP.length * (shown.length - 1) - width;
  };
  const yielding = columns
    .map((column, index) => ({ ...column, index }))
    .sort((a, b) => b.rank - a.rank);
  for (const { index, minWidth } of yielding) {
    const current = widths[index] ?? 0;
    widths[index] = Math.max(Math.min(current, minWidth), current - Math.max(0, excess()));
  }
  for (const { index, rank } of yielding) {
    if (rank > 0 && excess() > 0) widths[index] = 0;
  }
  // What a column that is left out gives back belongs to those that shrank, the lowest rank first.
  for (const { index } of yielding.reverse()) {
    const current = widths[index] ?? 0;
    const room = Math.max(0, -excess());
    if (current > 0) widths[index] = Math.min(natural[index] ?? 0, current + room);
  }
  return widths;
}

/** At most `width` characters; an ellipsis says that there was more. */
export function truncate(text: string, width: number): string {
  const characters = Array.from(clean(text));
  if (characters.length <= width) return characters.join('');
  if (width <= 0) return '';
  return `${characters
    .slice(0, width - 1)
    .join('')
    .trimEnd()}…`;
}

function length(text: string): number {
  return Array.from(clean(text)).length;
}

/** A control character in a message must not move the cursor. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
