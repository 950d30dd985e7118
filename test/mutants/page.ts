import { MUTANTS } from './list.js';
import type { Mutant } from './mutant.js';

/** The text of docs/mutants.md. */
export function mutantsPage(): string {
  const simulated = MUTANTS.filter(({ caughtBy }) => 'rule' in caughtBy).length;
  const rows = MUTANTS.map(
    (mutant) => `| ${wordsOf(mutant.name)} | \`${mutant.file}\` | ${catcherOf(mutant)} |`,
  );
  return `# Tests that see

A guard that can be taken away without a test that fails is a guard that the next change may lose. So each line below is a change
of the sources that takes away one thing that keeps a fleet safe: ${MUTANTS.length} of them, ${simulated} of which the
simulation notices, the others a unit test. \`npm run mutants\` makes each change in a copy of the sources, and fails when nobody notices.

\`\`\`sh
npm run mutants                                  # all of them, two at a time: some hours of one core
npm run mutants -- --only guard-without-the-lease
npm run mutants -- --list
npm run mutants -- --jobs 4
\`\`\`

What was caught is remembered in \`.cache/mutants.json\` for as long as no source changes, so that a run that was stopped goes on where
it was; \`--again\` tries everything anew. The simulation has ten seeds for each change, and ends with the first rule that is broken:
the rule below is the one that was broken first when the list was made, and another will do. \`npm test\` checks that each change can
still be made, and this page is written by \`npm run generate\`. The changes stand in \`test/mutants\`.

| the change | in | who notices |
|---|---|---|
${rows.join('\n')}
`;
}

function wordsOf(name: string): string {
  return name.replaceAll('-', ' ');
}

function catcherOf({ caughtBy }: Mutant): string {
  if ('test' in caughtBy) return `\`${caughtBy.test}\``;
  return `simulation: \`${caughtBy.rule}\``;
}
