import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRecordedFleet, type RecordedFleet } from '../testing/recorded-fleet.js';

const DOCS = readFileSync(new URL('../../docs/record.md', import.meta.url), 'utf8');

/** Each command of the page, and what the page says it prints, if it does. */
const examples = [...DOCS.matchAll(/```sh\n(.+)\n```\n(?:```text\n([\s\S]*?)```\n)?/g)].map(
  ([, command = '', output]) => [command, output] as const,
);
const newConfig = /```yaml\n([\s\S]*?)```/.exec(DOCS)?.[1] ?? '';

let fleet: RecordedFleet;
beforeAll(async () => {
  fleet = await aRecordedFleet();
});
afterAll(async () => {
  expect(await fleet.stop()).toBe(0);
});

/** Any setting that is new changes the hash of a configuration. */
/** Hashes and ids change with everything else. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/configuration [0-9a-f]{12}/g, 'configuration 000000000000')
    .replaceAll(/\b[0-9a-f]{14}\b/g, '00000000000000');
}

it('has an example of each command', () => {
  const commands = examples.map(([command]) => command.split(' ')[1]);
  expect(new Set(commands)).toEqual(new Set(['explain', 'history', 'replay']));
});

it.each(examples)('%s prints what the page says', async (command, output) => {
  const [program, ...words] = command.match(/"[^"]*"|\S+/g) ?? [];
  expect(program).toBe('fly-autoscaler');
  const args = words.map((word) => word.replaceAll('"', ''));
  const { code, out, err } = await fleet.ask(args, { files: { 'new.yml': newConfig } });
  expect([code, err]).toEqual([0, '']);
  if (output === undefined) expect(() => JSON.parse(out) as unknown).not.toThrow();
  else expect(withoutIds(out)).toBe(withoutIds(output));
});
