/**
 * Which room may import which: the one table of it. `npm run generate` writes the lint rules of `.oxlintrc.json` from it,
 * and a test compares them.
 */

export interface Room {
  /** The rooms of `src` that it may import beside itself; `all` for what wires or tests everything. */
  readonly mayImport: readonly string[] | 'all';
  /** True: no Node, no network, no library that knows of either. */
  readonly isPure?: true;
  /** Its sub-rooms from the lowest floor up: each may import those before it. Absent: it has none in an order. */
  readonly floors?: readonly string[];
}

/** By folder in `src`, lowest first. */
export const ROOMS: Readonly<Record<string, Room>> = {
  expr: { mayImport: [], isPure: true },
  core: {
    mayImport: ['expr'],
    isPure: true,
    floors: ['time', 'model', 'machines', 'memory', 'target', 'plan', 'decide', 'fleet-wide'],
  },
  seams: { mayImport: ['core'] },
  collectors: { mayImport: ['core', 'expr', 'seams'] },
  fly: { mayImport: ['core', 'seams'] },
  fleet: {
    mayImport: ['core', 'seams'],
    floors: ['base', 'inventory', 'view', 'memory', 'act', 'pass', 'loop'],
  },
  state: { mayImport: ['core', 'seams'] },
  record: {
    mayImport: ['core', 'seams'],
    floors: ['report', 'store', 'log', 'metrics', 'view', 'replay', 'explain'],
  },
  config: {
    mayImport: ['core', 'expr', 'seams'],
    floors: [
      'base',
      'yaml',
      'read',
      'rules',
      'schema',
      'sources',
      'policies',
      'doubts',
      'load',
      'docs',
    ],
  },
  server: { mayImport: ['core', 'seams'] },
  // Never `fly`: each reads the reference of the API by itself, else a shared mistake hides.
  simulator: { mayImport: ['core', 'seams'] },
  cli: { mayImport: 'all' },
  testing: { mayImport: 'all' },
};

interface Override {
  readonly files: readonly string[];
  readonly excludeFiles: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

interface Pattern {
  readonly regex?: string;
  readonly group?: readonly string[];
  readonly message: string;
}

const PURE: Pattern = {
  group: ['node:*', 'undici', 'pino', 'zod'],
  message: 'This room is pure: no IO, no clock, no environment.',
};

/** The rules that keep the table, one for each room and for each of its floors, in the form of `.oxlintrc.json`. */
export function roomRules(): readonly Override[] {
  return Object.entries(ROOMS).flatMap(([name, room]) => {
    const whole = [...forbiddenRooms(name, room), ...(room.isPure === true ? [PURE] : [])];
    const floors = (room.floors ?? []).slice(0, -1).map((floor, index) => {
      const above = (room.floors ?? []).slice(index + 1);
      const message = `src/${name}/${floor} is below ${above.join(', ')}.`;
      // A rule of a narrower set of files takes the place of the wider one, so that it repeats it.
      return ruleOf(`src/${name}/${floor}`, [...whole, { regex: upwards(above), message }]);
    });
    return whole.length === 0 ? floors : [ruleOf(`src/${name}`, whole), ...floors];
  });
}

function forbiddenRooms(name: string, { mayImport }: Room): Pattern[] {
  // What is shipped must not need what only tests need.
  const forbidden =
    mayImport === 'all'
      ? name === 'testing'
        ? []
        : ['testing']
      : Object.keys(ROOMS).filter((other) => other !== name && !mayImport.includes(other));
  if (forbidden.length === 0) return [];
  const allowed = mayImport === 'all' ? 'everything but testing' : mayImport.join(', ');
  const message = `src/${name} may import: ${allowed === '' ? 'nothing of ours' : allowed}.`;
  return [{ regex: upwards(forbidden), message }];
}

/** Paths that go up and from there into one of the folders. */
function upwards(folders: readonly string[]): string {
  return `^(\\.\\./)+(${folders.join('|')})/`;
}

function ruleOf(folder: string, patterns: readonly Pattern[]): Override {
  return {
    files: [`${folder}/**/*.ts`],
    excludeFiles: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

interface LintConfig {
  readonly overrides: readonly Partial<Override>[];
  readonly [key: string]: unknown;
}

/** The text of `.oxlintrc.json` with the rules of the table in place of those that it had. */
export function withRoomRules(text: string): string {
  const config = JSON.parse(text) as LintConfig;
  const others = config.overrides.filter(
    ({ rules }) => rules?.['no-restricted-imports'] === undefined,
  );
  return `${JSON.stringify({ ...config, overrides: [...roomRules(), ...others] }, null, 2)}\n`;
}
