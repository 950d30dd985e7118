/** The row of a live table that keys have chosen. */
export interface Cursor {
  press(key: string): void;
  /** Where it stands among the rows that there are now; it stays with its app. Null until a key was pressed. */
  rowAmong(names: readonly string[]): number | null;
  /** Its app is shown in full. */
  isOpen(): boolean;
}

const UP = ['\u001b[A', '\u001bOA', 'k'];
const DOWN = ['\u001b[B', '\u001bOB', 'j'];
const ENTER = ['\r', '\n', ' '];
const BACK = ['\u001b', 'q'];

export function createCursor(): Cursor {
  let names: readonly string[] = [];
  let row: number | null = null;
  let isOpen = false;
  const move = (by: number): void => {
    row = row === null ? 0 : Math.max(0, Math.min(names.length - 1, row + by));
  };
  return {
    press(key) {
      if (UP.includes(key)) move(-1);
      else if (DOWN.includes(key)) move(1);
      else if (ENTER.includes(key)) {
        isOpen = !isOpen;
        row ??= 0;
      } else if (BACK.includes(key)) isOpen = false;
    },
    rowAmong(now) {
      if (row !== null) {
        const at = now.indexOf(names[row] ?? '');
        row = at === -1 ? Math.max(0, Math.min(row, now.length - 1)) : at;
      }
      names = now;
      return row;
    },
    isOpen: () => isOpen,
  };
}
