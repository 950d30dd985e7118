/** The live table on a terminal's second page; a key shows one app in full. */
import { DEFAULT_POLICY } from '../core/model/policy.js';
import { PerPolicy } from '../record/report/per-policy.js';
import { createView } from '../record/view/view.js';
import type { CliContext } from './context.js';
import { summaryOf, type DemoShow, type ShowOptions } from './demo-summary.js';
import { createCursor } from './cursor.js';
import { renderApp, renderFrame, type FrameApp } from './frame.js';
import { happeningOf, type Happening } from './happening.js';
import { painter } from './paint.js';
import { openScreen } from './screen.js';
import { formatAge, formatStopwatch, nameOf, plural } from './wording.js';
import type { FleetEvent, PassReport, Recorder } from '../seams/events.js';

const REFRESH_MS = 250;
/** Longer than most terminals, so that the demonstration's own apps are all in it. */
const LAST_ROWS = 50;

export function showTable(context: CliContext, options: ShowOptions): DemoShow {
  const { stdout } = context;
  const { clock, seed, flyUrl, intervalMs } = options;
  const view = createView(clock);
  const happenings = new PerPolicy<Happening>();
  const paint = painter(context);
  const cursor = createCursor();
  const ending = new AbortController();
  const startMs = clock.elapsedMs();
  const realStartMs = context.clock.elapsedMs();
  let end: (() => void) | null = null;

  const frame = (serviceUrl: string, isLast: boolean, hasKeys: boolean): string[] => {
    const { columns, rows } = stdout.size();
    const apps = view.apps().flatMap((each): FrameApp[] => {
      const happening = happenings.get(each.app, each.policy ?? DEFAULT_POLICY);
      return happening === undefined ? [] : [{ view: each, happening }];
    });
    const elapsedMs = clock.elapsedMs() - startMs;
    const speed = speedText(options.speed, elapsedMs / (context.clock.elapsedMs() - realStartMs));
    const shared = {
      nowMs: clock.now(),
      heading: [
        `fly-autoscaler demo  ${view.size === 0 ? 'starting' : plural(view.size, 'app')}  ${formatStopwatch(elapsedMs)} at ${speed}  seed ${seed}`,
        `Real autoscaler, simulated Fly at ${flyUrl}`,
        `Metrics: ${serviceUrl}/metrics`,
      ],
      size: { columns, rows: isLast ? Math.max(rows, LAST_ROWS) : rows },
    };
    const row = isLast ? null : cursor.rowAmong(apps.map(({ view: each }) => nameOf(each)));
    const open = row === null || !cursor.isOpen() ? undefined : apps[row];
    if (open !== undefined) {
      const footing = 'Arrows: another app. Enter or Esc: all apps. Ctrl-C ends it.';
      return renderApp(open, { ...shared, footing }, paint);
    }
    return renderFrame(
      {
        ...shared,
        apps,
        footing: footingOf(apps, intervalMs, hasKeys),
        emptyText: 'Looking for apps and their machines …',
        selected: row,
      },
      paint,
    );
  };

  const begin = (serviceUrl: string): void => {
    const screen = openScreen(stdout);
    let offKeys: (() => void) | null = null;
    const draw = (): void => screen.draw(frame(serviceUrl, false, offKeys !== null));
    const offResize = stdout.onResize(draw);
    offKeys = stdout.onKey((key) => {
      cursor.press(key);
      draw();
    });
    end = () => {
      offResize();
      offKeys?.();
      screen.close();
      // The last state stays on the terminal's first page.
      stdout.write(`${frame(serviceUrl, true, false).slice(0, -2).join('\n')}\n\n`);
    };
    void keepDrawing(context, draw, ending.signal);
  };

  return {
    recorders: [view.recorder, happeningRecorder(happenings, intervalMs)],
    // What is wrong shows as what happens to the app; a line would tear the table.
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

function happeningRecorder(happenings: PerPolicy<Happening>, intervalMs: number): Recorder {
  return {
    pass(report: PassReport) {
      happenings.set(report.app, report.policy.name, happeningOf(report, intervalMs));
    },
    fleet(event: FleetEvent) {
      if (event.kind === 'app-list') for (const app of event.removed) happenings.drop(app);
    },
  };
}

/** What it is, and what it should be where this machine cannot follow. */
function speedText(wanted: number, actual: number): string {
  const isSlower = Number.isFinite(actual) && actual < wanted * 0.8;
  return isSlower ? `${Math.max(1, Math.round(actual))}x of ${wanted}x speed` : `${wanted}x speed`;
}

function footingOf(apps: readonly FrameApp[], intervalMs: number, hasKeys: boolean): string {
  const names = new Set(apps.flatMap(({ view }) => view.metrics.map(([name]) => name)));
  const [only] = names;
  const metric = names.size === 1 && only !== undefined ? `METRIC: ${only}. ` : '';
  const keys = hasKeys
    ? 'Arrows, Enter: an app in full. '
    : `Each app every ${formatAge(intervalMs)}. `;
  return `${metric}${keys}Ctrl-C ends it.`;
}

async function keepDrawing(
  { clock }: CliContext,
  draw: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    draw();
    await clock.sleep(REFRESH_MS, signal).catch(() => undefined);
  }
}
