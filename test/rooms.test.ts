import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOMS, withRoomRules } from '../scripts/rooms.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src');

const folders = (folder: string): string[] =>
  readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());

it('.oxlintrc.json keeps the table of rooms; `npm run generate` writes its rules anew', () => {
  const written = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8');
  expect(JSON.parse(written)).toEqual(JSON.parse(withRoomRules(written)));
});

it('the table names each room of src, and src holds nothing beside rooms', () => {
  expect(folders(SRC).sort()).toEqual(Object.keys(ROOMS).sort());
  expect(readdirSync(SRC).filter((name) => name.endsWith('.ts'))).toEqual([]);
});

const IMPORT = /^(?:import|export) [^;]*?from '(\.[^']+)';/gms;

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );
}

describe.each(Object.entries(ROOMS).filter(([, { floors }]) => floors !== undefined))(
  'the floors of %s',
  (name, { floors = [] }) => {
    const room = join(SRC, name);

    it('are its folders', () => {
      expect(folders(room).sort()).toEqual([...floors].sort());
    });

    it('import only what is below them, types included', () => {
      const upwards = sourceFiles(room).flatMap((file) => {
        const floor = floors.indexOf(file.split('/')[0] ?? '');
        const text = readFileSync(join(room, file), 'utf8');
        const imported = [...text.matchAll(IMPORT)].map(([, path = '']) =>
          normalize(join(dirname(file), path)),
        );
        const above = imported.filter((path) => floors.indexOf(path.split('/')[0] ?? '') > floor);
        // What stands at the room's root is its door: it may use every floor.
        return floor < 0 ? [] : above.map((path) => `${file} imports ${path}`);
      });
      expect(upwards).toEqual([]);
    });
  },
);
