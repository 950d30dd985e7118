import { expect, it } from 'vitest';
import { aCliContext } from '../testing/cli-context.js';
import { openScreen } from './screen.js';

it('draws from the top, clears what is left of before, and gives cursor and page back once', () => {
  const { context, out } = aCliContext({ terminal: { columns: 80, rows: 3 } });
  const screen = openScreen(context.stdout);
  screen.draw(['one', 'two']);
  screen.close();
  screen.close();
  screen.draw(['three']);
  expect(out().replaceAll('\u001b', '^')).toBe(
    '^[?1049h^[?25l^[?7l^[H^[Kone\r\n^[Ktwo\r\n^[K^[?7h^[?25h^[?1049l',
  );
});
