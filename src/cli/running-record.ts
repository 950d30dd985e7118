/** The record of an autoscaler that runs, by its API. */
import { cursorOf, cursorText, type Gaps } from '../server/api/decision-endpoints.js';
import type { RecordPageJson } from '../server/api/record-endpoints.js';
import type { DecisionQuery, RecordPages } from '../seams/views.js';
import type { ControlClient } from './control-client.js';

/** What the API takes. */
const MOST = 500;

export function runningRecord(client: ControlClient): RecordPages {
  return {
    async page(query, isWhole) {
      const { app, policy, action, reason, kinds, order, after, limit } = query;
      const { decisions, parts, next } = await client.get<RecordPageJson>(
        `/record${queryText({
          app,
          policy,
          ...timesOf(query),
          action,
          reason,
          kinds: kinds?.join(','),
          order,
          after: after && cursorText(after),
          limit: String(Math.min(limit, MOST)),
          whole: String(isWhole),
        })}`,
      );
      return { decisions, parts, next: cursorOf(next ?? undefined) ?? null };
    },
    async gaps(query) {
      const { gaps } = await client.get<Gaps>(`/gaps${queryText(timesOf(query))}`);
      return gaps.map(({ from, to, lost, why }) => {
        return { fromMs: Date.parse(from), toMs: Date.parse(to), lost, why };
      });
    },
  };
}

function timesOf({ sinceMs, untilMs }: Pick<DecisionQuery, 'sinceMs' | 'untilMs'>): {
  readonly since: string | undefined;
  readonly until: string | undefined;
} {
  return { since: timeText(sinceMs), until: timeText(untilMs) };
}

function timeText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function queryText(given: Readonly<Record<string, string | undefined>>): string {
  const said = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `?${new URLSearchParams(said).toString()}`;
}
