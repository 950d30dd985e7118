/** A record of every pass, in memory, with a gap in it. */
import { createMemoryBackend, createRecordReader } from '../record/store/index.js';
import { encodePass } from '../record/store/body.js';
import { wordsOf } from '../record/store/backend.js';
import type { RecordedDecision, RecordReader } from '../seams/views.js';
import type { Recorder } from '../seams/events.js';

const ORIGIN = { engine: '1.2.3', configHash: 'abcdef' };

export interface HandRecord {
  readonly recorder: Recorder;
  readonly reader: RecordReader;
  /** The decision that was recorded last, as it is read. */
  newest(): Promise<RecordedDecision>;
}

export function aHandRecord(): HandRecord {
  const backend = createMemoryBackend();
  backend.write((writer) =>
    writer.gap({ fromMs: 1000, toMs: 2000, lost: null, why: 'the disk is full' }),
  );
  const reader = createRecordReader(backend);
  return {
    reader,
    async newest() {
      const [outline] = await reader.decisions({ limit: 1 });
      return (await reader.decision(outline!.id))!;
    },
    recorder: {
      pass: (report) =>
        backend.write((writer) =>
          writer.decision({
            atMs: report.startedAtMs,
            app: report.app,
            policy: report.policy.name,
            kind: report.outcomes.length > 0 ? 'acts' : 'regular',
            codes: wordsOf(report.reasons.map(({ code }) => code)),
            actions: wordsOf(report.outcomes.map(({ action }) => action.kind)),
            body: encodePass(report, ORIGIN, (text) => writer.part(text)),
          }),
        ),
      fleet: () => undefined,
    },
  };
}
