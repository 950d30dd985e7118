/** What the demonstration shows: a live table on a terminal, lines elsewhere. */
import type { Clock } from '../clock.js';
import type { Recorder } from '../ports.js';
import type { AppView } from '../views.js';
import { createView, type Totals, type View } from '../record/view.js';
import type { CliContext } from './context.js';
import { createEventLines } from './event-lines.js';
import { renderFrame } from './frame.js';
import { painter } from './paint.js';
import { openScreen } from './screen.js';
import { formatStopwatch, plural } from './wording.js';

export interface DemoShow {
  readonly recorders: readonly Recorder[];
  readonly warn: (message: unknown) => void;
  /** `serviceUrl`: where metrics are. */
  begin(serviceUrl: string): void;
  close(): void;
  /** Three lines about all that happened. */
  summary(): string;
}

interface ShowOptions {
  /** The simulated time. */
  readonly clock: Clock;
  readonly flyUrl: string;
  readonly seed: number;
  readonly speed: number;
}

const REFRESH_MS = 250;
/** Longer than most terminals, so that the demonstration's own apps are all in it. */
const LAST_ROWS = 50;

export function showTable(context: CliContext, options: ShowOptions): DemoShow {
  const { stdout } = context;
  const { clock, speed, seed, flyUrl } = options;
  const view = createView(clock);
  const paint = painter(context);
  const ending = new AbortController();
  const startMs = clock.elapsedMs();
  let end: (() => void) | null = null;

  const frame = (serviceUrl: string, size = stdout.size()): string[] => {
    const views = view.apps();
    const time = formatStopwatch(clock.elapsedMs() - startMs);
    const heading = [
      `fly-autoscaler demo  ${plural(appsIn(views), 'app')}  ${time} at ${speed}x speed  seed ${seed}`,
      `Real autoscaler, simulated Fly at ${flyUrl}`,
      `Metrics: ${serviceUrl}/metrics`,
    ];
    const footing = 'RUN/ALL: machines started and all. (Age) in simulated time. Ctrl-C ends it.';
    return renderFrame({ views, nowMs: clock.now(), heading, footing, size }, paint);
  };

  const begin = (serviceUrl: string): void => {
    const screen = openScreen(stdout);
    const draw = (): void => screen.draw(frame(serviceUrl));
    const offResize = stdout.onResize(draw);
    end = () => {
      offResize();
      screen.close();
      // The last state stays on the terminal's first page.
      const { columns, rows } = stdout.size();
      const last = { columns, rows: Math.max(rows, LAST_ROWS) };
      stdout.write(`${frame(serviceUrl, last).slice(0, -2).join('\n')}\n\n`);
    };
    void keepDrawing(context.clock, draw, ending.signal);
  };

  return {
    recorders: [view.recorder],
    // What is wrong shows as the app's reason; a line would tear the table.
    warn: () => undefined,
    begin,
    close() {
      ending.abort();
      end?.();
      end = null;
    },
    summary: () => summaryOf(view, clock.elapsedMs() - startMs),
  };
}

/** Each of them may be there for several policies. */
function appsIn(views: readonly AppView[]): number {
  return new Set(views.map(({ app }) => app)).size;
}

async function keepDrawing(clock: Clock, draw: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    draw();
    await clock.sleep(REFRESH_MS, signal).catch(() => undefined);
  }
}

export function showEvents(context: CliContext, options: ShowOptions): DemoShow {
  const { clock, flyUrl, speed, seed } = options;
  const view = createView(clock);
  const startMs = clock.elapsedMs();
  const write = (line: string): void => context.stdout.write(line);
  const elapsedMs = (): number => clock.elapsedMs() - startMs;
  return {
    recorders: [view.recorder, createEventLines({ write, elapsedMs })],
    warn: (message) => write(`${formatStopwatch(elapsedMs())}  warning: ${String(message)}\n`),
    begin(serviceUrl) {
      write(
        `The autoscaler works on a simulated Fly at ${flyUrl} (${speed}x speed, seed ${seed}).\n` +
          `Metrics are at ${serviceUrl}/metrics. Ctrl-C ends it.\n`,
      );
    },
    close: () => undefined,
    summary: () => summaryOf(view, elapsedMs()),
  };
}

function summaryOf(view: View, elapsedMs: number): string {
  const totals: Totals = view.totals();
  const apps = plural(appsIn(view.apps()), 'app');
  return (
    `${apps} in ${formatStopwatch(elapsedMs)} of simulated time, ${totals.passes} passes.\n` +
    `Machines: ${totals.created} created, ${totals.destroyed} destroyed, ` +
    `${totals.started} started, ${totals.stopped} stopped.\n` +
    `${plural(totals.errors, 'error')}.\n`
  );
}
