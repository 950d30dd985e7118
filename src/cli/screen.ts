/** A full screen that is drawn again and again, on the terminal's second page. */
import type { TerminalOutput } from './context.js';

const ESC = '\u001b[';
/** Second page, no cursor, no wrapping: a line that is too wide for a moment must not move the others. */
const ENTER = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const LEAVE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;

export interface Screen {
  /** From the top; what does not fit is left out, what was there before is cleared. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. Closing twice is once. */
  close(): void;
}

export function openScreen(stdout: TerminalOutput): Screen {
  let isOpen = true;
  stdout.write(ENTER);
  return {
    draw(lines) {
      if (!isOpen) return;
      const { rows } = stdout.size();
      const all = Array.from({ length: rows }, (_, row) => lines[row] ?? '');
      // Cleared before it is written: after a line that fills the terminal, the last character would be cleared.
      stdout.write(`${ESC}H${all.map((line) => `${ESC}K${line}`).join('\r\n')}`);
    },
    close() {
      if (isOpen) stdout.write(LEAVE);
      isOpen = false;
    },
  };
}
