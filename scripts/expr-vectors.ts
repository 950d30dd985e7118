import { readFileSync } from 'node:fs';
import { compare, printReport, readVectors } from './expr-conformance.js';

// Compares this implementation with recorded results of another: npm run expr:vectors -- FILE.jsonl

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: npm run expr:vectors -- FILE.jsonl [FILE.jsonl ...]');
  process.exitCode = 2;
}
for (const file of files) {
  const report = compare(readVectors(readFileSync(file, 'utf8')));
  console.log(`${file}\n${printReport(report)}`);
  if (report.differences.length > 0) process.exitCode = 1;
}
