/** What the demonstration shows where there is no terminal: a line for what happens. */
import { createView } from '../record/view/view.js';
import type { CliContext } from './context.js';
import { summaryOf, type DemoShow, type ShowOptions } from './demo-summary.js';
import { createEventLines } from './event-lines.js';
import { formatStopwatch } from './wording.js';

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
