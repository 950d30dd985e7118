import { expect, it } from 'vitest';
import { createCursor } from './cursor.js';

const [UP, DOWN, ENTER, ESCAPE] = ['\u001b[A', '\u001b[B', '\r', '\u001b'];

it('is nowhere until a key is pressed, and stays within the rows', () => {
  const cursor = createCursor();
  const press = (...keys: readonly string[]): number | null => {
    for (const key of keys) cursor.press(key);
    return cursor.rowAmong(['a', 'b', 'c']);
  };
  expect(press()).toBe(null);
  expect(press('x', ESCAPE)).toBe(null);
  expect(press(DOWN)).toBe(0);
  expect(press(DOWN, DOWN, DOWN, DOWN)).toBe(2);
  expect(press(UP)).toBe(1);
  expect(cursor.isOpen()).toBe(false);
  expect(press(ENTER)).toBe(1);
  expect(cursor.isOpen()).toBe(true);
  press(ESCAPE);
  expect(cursor.isOpen()).toBe(false);
});

it('stays with its app when others come and go', () => {
  const cursor = createCursor();
  cursor.rowAmong(['a', 'b', 'c']);
  cursor.press(DOWN);
  cursor.press(DOWN);
  expect(cursor.rowAmong(['a', 'b', 'c'])).toBe(1);
  expect(cursor.rowAmong(['a', 'aa', 'b', 'c'])).toBe(2);
  expect(cursor.rowAmong(['b', 'c'])).toBe(0);
  expect(cursor.rowAmong(['c'])).toBe(0);
  expect(cursor.rowAmong([])).toBe(0);
});
