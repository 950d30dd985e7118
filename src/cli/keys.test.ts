import { expect, it } from 'vitest';
import { keysIn } from './keys.js';

it('tells keys apart that came at once', () => {
  expect(keysIn('\u001b[B\u001b[B\r')).toEqual(['\u001b[B', '\u001b[B', '\r']);
  expect(keysIn('\u001bOA\u001b[1;2A\u001b[3~jq')).toEqual([
    '\u001bOA',
    '\u001b[1;2A',
    '\u001b[3~',
    'j',
    'q',
  ]);
  expect(keysIn('\u001b')).toEqual(['\u001b']);
  expect(keysIn('é😀')).toEqual(['é', '😀']);
  expect(keysIn('')).toEqual([]);
});
