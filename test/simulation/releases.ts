/** What each process has read of releases, by its own wire. */
import type { HttpRequest, HttpResponse } from '../../src/seams/http.js';

export interface ReleaseReading {
  /** Null: the app has none. */
  readonly id: string | null;
  /** Monotonic time at which it came. */
  readonly atMs: number;
  /** False too when the app has no release. */
  readonly isRunning: boolean;
  /** Milliseconds since the epoch, by Fly's clock. */
  readonly createdAtMs: number;
}

interface AnsweredRelease {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
}

export class Releases {
  /** Process and app -> the newest good answer. */
  readonly #newest = new Map<string, ReleaseReading>();
  /** Process and app -> the first good answer since it listed the app's machines last: what it decides on. */
  readonly #looks = new Map<string, { decided: ReleaseReading | null }>();

  /** The process asks for the app's machines, and for its release beside them. */
  noteLook(by: string, app: string): void {
    this.#looks.set(`${by} ${app}`, { decided: null });
  }

  /** Null: nothing was read since the app was listed. */
  decidedOn(by: string, app: string): ReleaseReading | null {
    return this.#looks.get(`${by} ${app}`)?.decided ?? null;
  }

  note(by: string, request: HttpRequest, response: HttpResponse | null, atMs: number): void {
    if (response === null || response.status !== 200) return;
    try {
      const { variables = {} } = JSON.parse(request.body ?? '') as {
        variables?: Record<string, string>;
      };
      const { data = {} } = JSON.parse(response.body) as {
        data?: Record<string, { currentRelease?: AnsweredRelease | null } | null>;
      };
      // One app, or several in one request: `n3` names the app of `a3`.
      for (const [name, app] of Object.entries(variables)) {
        const release = data[name === 'appName' ? 'app' : name.replace('n', 'a')]?.currentRelease;
        if (release === undefined) continue;
        const reading = {
          atMs,
          id: release?.id ?? null,
          isRunning: release?.status === 'running',
          createdAtMs: Date.parse(release?.createdAt ?? ''),
        };
        this.#newest.set(`${by} ${app}`, reading);
        const look = this.#looks.get(`${by} ${app}`);
        if (look !== undefined) look.decided ??= reading;
      }
    } catch {
      // No JSON is no answer.
    }
  }

  /** Undefined: the process never read one. */
  newest(by: string, app: string): ReleaseReading | undefined {
    return this.#newest.get(`${by} ${app}`);
  }
}
