import type { Recorder } from '../../seams/events.js';

/**
 * One recorder that tells several. A recorder that throws is reported to `onFailure` and keeps
 * neither the others nor the pass from going on.
 */
export function fanOut(
  recorders: readonly Recorder[],
  onFailure: (error: unknown) => void,
): Recorder {
  const tell = (give: (recorder: Recorder) => void): void => {
    for (const recorder of recorders) {
      try {
        give(recorder);
      } catch (error) {
        onFailure(error);
      }
    }
  };
  return {
    pass: (report) => tell((recorder) => recorder.pass(report)),
    fleet: (event) => tell((recorder) => recorder.fleet(event)),
  };
}
