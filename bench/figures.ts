/** How figures are printed: with the machine and versions they come from. */
import { cpus, totalmem } from 'node:os';

export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpu?.model ?? 'unknown'}, ${gib} GiB`;
}

export type Row = readonly [figure: string, value: string];

export function table(rows: readonly Row[]): string {
  const lines = rows.map(([figure, value]) => `| ${figure} | ${value} |`);
  return ['| figure | value |', '|---|---|', ...lines].join('\n');
}

export function rounded(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
