/** A plot of growth as SVG: both axes logarithmic, one line for each figure. */

export interface Growth {
  readonly apps: number;
  readonly requests: number;
  readonly mCpu: number;
  readonly residentMb: number;
}

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = 56;

const LINES = [
  { name: 'requests a tick', color: '#1f6feb', of: (g: Growth) => g.requests },
  { name: 'CPU (mCPU)', color: '#cf222e', of: (g: Growth) => g.mCpu },
  { name: 'memory (MB)', color: '#1a7f37', of: (g: Growth) => g.residentMb },
] as const;

export function growthPlot(growth: readonly Growth[]): string {
  const decades = [1, 10, 100, 1000];
  const [first, last] = [growth[0]?.apps ?? 1, growth.at(-1)?.apps ?? 10];
  const x = (apps: number): number => place(apps, first, last, MARGIN, WIDTH - MARGIN);
  const y = (value: number): number =>
    place(Math.max(1, value), 1, 1000, HEIGHT - MARGIN, MARGIN / 2);
  const grid = decades.map(
    (value) =>
      `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${y(value)}" y2="${y(value)}" stroke="#d0d7de"/>` +
      `<text x="${MARGIN - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const ticks = growth.map(
    ({ apps }) =>
      `<text x="${x(apps)}" y="${HEIGHT - MARGIN + 20}" text-anchor="middle">${apps.toLocaleString('en')}</text>`,
  );
  const lines = LINES.map(({ name, color, of }, index) => {
    const points = growth.map((each) => `${x(each.apps)},${y(of(each)).toFixed(1)}`).join(' ');
    const label = `<text x="${MARGIN + 12 + index * 170}" y="${HEIGHT - 8}" fill="${color}">${name}</text>`;
    return `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="2"/>${label}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>What a quiet fleet costs, by the number of apps</title>
<rect width="100%" height="100%" fill="#fff"/>
${[...grid, ...ticks, ...lines].join('\n')}
</svg>
`;
}

/** On a logarithmic scale. */
function place(value: number, low: number, high: number, from: number, to: number): number {
  const part = Math.log(value / low) / Math.log(high / low || 10);
  return Math.round((from + (to - from) * part) * 10) / 10;
}
