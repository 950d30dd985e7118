import type { AppTemplate } from '../shared/settings/app-template.js';

/** One query to ask, and the apps that its answer is for. Which question serves whom is settled before anything is asked. */
export interface Question {
  readonly query: string;
  /** Asks for the age of the data; null when nobody wants to know. */
  readonly timestampQuery: string | null;
  readonly apps: readonly string[];
}

export interface QueryTemplates {
  readonly value: AppTemplate;
  readonly timestamp: AppTemplate | null;
}

/** One question per distinct text: a query without `$APP_NAME` is asked once, for all. */
export function questionsFor(templates: QueryTemplates, apps: readonly string[]): Question[] {
  if (!templates.value.isPerApp) return apps.length === 0 ? [] : [question(templates, apps)];
  const appsByQuery = new Map<string, string[]>();
  for (const app of new Set(apps)) {
    const query = templates.value.fill(app);
    const sharers = appsByQuery.get(query);
    if (sharers === undefined) appsByQuery.set(query, [app]);
    else sharers.push(app);
  }
  return [...appsByQuery.values()].map((sharers) => question(templates, sharers));
}

function question(templates: QueryTemplates, apps: readonly string[]): Question {
  const [app = ''] = apps;
  return {
    query: templates.value.fill(app),
    timestampQuery: templates.timestamp?.fill(app) ?? null,
    apps,
  };
}
