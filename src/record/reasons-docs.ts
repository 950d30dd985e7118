import { REASONS, type ReasonCode } from '../core/reason.js';
import { isToldOnce, levelOf } from './problem.js';

const LEVELS = {
  quiet: 'the ordinary course of things',
  info: 'nobody needs to look',
  warn: 'somebody should look',
} as const;

/** The text of docs/reasons.md. */
export function reasonsDocs(): string {
  const rows = (Object.keys(REASONS) as ReasonCode[]).map(
    (code) => `| \`${code}\` | ${REASONS[code]} | ${shownLevel(code)} |`,
  );
  return `# Reasons

Every decision says why it is what it is, by codes from this list: in log lines, in \`fas_held\`, and in what
\`fly-autoscaler history\` and \`explain\` show. Each comes with a clause of particulars: names, numbers, what was held back.
This page is written by \`npm run generate\`.

| code | meaning | |
|---|---|---|
${rows.join('\n')}
`;
}

function shownLevel(code: ReasonCode): string {
  const level = levelOf(code);
  return isToldOnce(code) && level === 'quiet' ? 'worth knowing, told once' : LEVELS[level];
}
