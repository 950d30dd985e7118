import type { Answer, Call } from '../exchange.js';
import { appOf, json } from '../exchange.js';
import type { SimApp } from '../model.js';
import { numberText } from './endpoint.js';

/** What the apps themselves expose, in the text format, for a real Prometheus to scrape. Needs no token, as in a private network. */

const TEXT = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

export function exposeApp(call: Call): Answer {
  return { status: 200, body: expose(call, [appOf(call)]), headers: TEXT };
}

export function exposeAll(call: Call): Answer {
  return { status: 200, body: expose(call, [...call.world.apps.values()]), headers: TEXT };
}

/** For `http_sd_configs`: one target for each app that there is at the moment. */
export function listTargets(call: Call): Answer {
  const host = call.request.headers['host'] ?? new URL(call.request.url).host;
  return json(
    [...call.world.apps.keys()].map((name) => ({
      targets: [host],
      labels: { __metrics_path__: `/apps/${encodeURIComponent(name)}/metrics` },
    })),
  );
}

function expose(call: Call, apps: readonly SimApp[]): string {
  const tMs = call.engine.nowMs - call.engine.startMs;
  const lines = new Map<string, string[]>();
  for (const app of apps) {
    for (const [name, source] of app.metrics) {
      const value = source.endedAtMs === null ? source.valueAt(tMs) : null;
      if (value === null) continue;
      const labels = Object.entries({ app: app.name, ...source.labels })
        .map(([label, text]) => `${label}="${escape(text)}"`)
        .join(',');
      const known = lines.get(name) ?? [`# TYPE ${name} gauge`];
      known.push(`${name}{${labels}} ${numberText(value)}`);
      lines.set(name, known);
    }
  }
  return [...lines.values()].map((group) => `${group.join('\n')}\n`).join('');
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
