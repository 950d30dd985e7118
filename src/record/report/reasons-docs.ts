import { meaningOf, REASON_CODES } from '../../core/model/reason.js';

/** The text of docs/reasons.md. */
export function reasonsDocs(): string {
  const rows = REASON_CODES.map((code) => {
    const { says, level, isSaidOnce } = meaningOf(code);
    return `| \`${code}\` | ${isSaidOnce ? 'warning, once' : level} | ${says} |`;
  });
  return `# Reasons

Every decision says why it is what it is, by codes from this list: in log lines, in \`fas_held\`, and in what
\`fly-autoscaler history\` and \`explain\` show. Each comes with a clause of particulars: names, numbers, what was held back.
The level is \`warning\` where somebody should look, \`info\` for a hold that was asked for or that passes by itself, and \`normal\` for
the ordinary course of things; with \`once\` the log says it a single time for each app. This page is written by \`npm run generate\`.

| code | level | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
