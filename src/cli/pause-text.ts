/** Pauses in words. */
import type { PauseJson } from '../server/api/render.js';
import { painter } from './paint.js';
import type { CliContext } from './context.js';
import { renderTable, type Cell, type Column } from './table.js';
import { formatMoment } from './wording.js';

const COLUMNS: readonly Column[] = [
  { title: 'APP', minWidth: 12, rank: 1 },
  { title: 'POLICY', minWidth: 6, rank: 4 },
  { title: 'PAUSED', minWidth: 8, rank: 0 },
  { title: 'UNTIL', minWidth: 17, rank: 2 },
  { title: 'REASON', minWidth: 6, rank: 3 },
];

/** Lines with their ends, the newest first. */
export function pauseTable(pauses: readonly PauseJson[], context: CliContext): string {
  const rows = pauses.map((pause): Cell[] => [
    { text: pause.app ?? 'all' },
    { text: pause.policy ?? 'all' },
    { text: shortMode(pause) },
    { text: pause.until === null ? 'it is resumed' : formatMoment(Date.parse(pause.until)) },
    { text: pause.reason, tone: 'faint' },
  ]);
  const { columns } = context.stdout.size();
  return `${renderTable(COLUMNS, rows, columns, painter(context)).join('\n')}\n`;
}

/** Who it is for: "my-app-1", "all apps", with "policy web" where it has one. */
export function targetText(app: string | null, policy: string | null): string {
  const apps = app ?? 'all apps';
  return policy === null ? apps : `${apps}, policy ${policy}`;
}

function shortMode({ mode, count }: PauseJson): string {
  switch (mode) {
    case 'all':
      return 'in, out';
    case 'at':
      return `at ${count ?? 0}`;
    case 'in':
    case 'out':
      return mode;
  }
}

/** "nothing shrinks, until 2026-01-31 18:00Z" */
export function effectText({ mode, count, until }: PauseJson): string {
  const effects = {
    all: 'nothing grows or shrinks',
    in: 'nothing shrinks',
    out: 'nothing grows',
    at: `held at ${count ?? 0}`,
  };
  const end = until === null ? 'it is resumed' : formatMoment(Date.parse(until));
  return `${effects[mode]}, until ${end}`;
}

export const NOT_DURABLE =
  'It lasts until the autoscaler restarts: FAS_DATA_DIR is not set there.\n';

/** `areHeld`: a pause of all apps stands in for those that may be lost; otherwise what is stored cannot be read yet. */
export function mayBeMissing(areHeld: boolean): string {
  return areHeld ? MAY_BE_LOST : CANNOT_BE_READ;
}

const MAY_BE_LOST = `Pauses may be missing: the data file was damaged. Nothing shrinks meanwhile.
Pause again what should be paused; then end the hold that stands in for them: fly-autoscaler resume "*"
`;

const CANNOT_BE_READ = `Pauses may be missing: the data file cannot be read, which the log says more of. Nothing shrinks meanwhile.
It is read again at each tick.
`;
