import { z } from 'zod';
import { duration, setting } from '../../seams/schema.js';
import {
  credentialField,
  defaultValue,
  metricName,
  textField,
  timeout,
} from '../shared/settings/fields.js';
import { checkTls, tlsFields } from '../shared/http/tls.js';
import { holesIn } from '../shared/settings/app-template.js';
import { SERIES_RULES } from './interpret.js';
import { checkMaxAge } from './max-age.js';
import { checkQuery } from './syntax.js';
import { whyNotForFleet } from './way.js';

const fields = z.strictObject({
  'metric-name': metricName,
  address: setting(textField().superRefine(checkAddress), {
    description:
      'The server, with the path that comes before /api/v1/query if there is one. Any server with the API of Prometheus will do.',
    example: 'https://api.fly.io/prometheus/my-org',
  }),
  query: setting(textField().superRefine(checkSyntax), {
    description:
      'PromQL, or MetricsQL where the server is VictoriaMetrics. $APP_NAME stands for the app; without it one answer is for all.',
    isPerApp: true,
    example: "sum(queue_depth{app='$APP_NAME'})",
  }),
  'fleet-query': setting(z.enum(['auto', 'always', 'never']).default('auto'), {
    description:
      'Whether one query is asked for all apps, each of which gets its part of the answer: `auto` does so where it provably comes to the same, `always` refuses a query of which that cannot be proved, `never` asks app by app.',
    isInherited: true,
    defaultText: 'the general `fleet-query`',
  }),
  'app-label': setting(textField().optional(), {
    description:
      'For a query that asks for all apps by itself, as `sum by (app) (jobs)` does: the label of its answer that names the app. Whatever `fleet-query` says, it is asked once.',
    example: 'app',
  }),
  token: setting(credentialField().optional(), {
    description:
      'Sent as Authorization: as it is when it starts with "Fly", as "FlyV1 ..." when it is a bare macaroon (fm2_...), as "Bearer ..." otherwise.',
    isSecret: true,
    example: 'FlyV1 fm2_...',
  }),
  username: setting(textField().optional(), {
    description: 'User name for basic authentication.',
  }),
  password: setting(textField().optional(), {
    description: 'Password for basic authentication.',
    isSecret: true,
  }),
  series: setting(z.enum(SERIES_RULES).default('first'), {
    description:
      'What to make of several series: the first in label order (with a warning), their sum, max, min or avg, or an error.',
    example: 'sum',
  }),
  per: setting(z.enum(['app', 'instance']).default('app'), {
    description:
      'What one value is for: the app, or each of its instances. `instance` is for `busy-metric`: no expression can read it, and several series of one instance are added up.',
  }),
  'instance-label': setting(textField().default('instance'), {
    description:
      'With `per: instance`: the label that holds the machine id, as `instance` does in all metrics of Fly.',
  }),
  default: defaultValue,
  'max-age': setting(duration().optional(), {
    description:
      'Data older than this is not used. Judged by the newest sample of each series selector in the query; refused where a query hides it (subqueries, offset, @, MetricsQL).',
    example: '2m',
    defaultText: 'no limit of ours',
  }),
  nocache: setting(z.boolean().default(true), {
    description:
      'Ask for the newest data. VictoriaMetrics, which Fly runs, otherwise answers as of 30 seconds ago; Prometheus ignores it.',
    defaultText: 'true',
  }),
  method: setting(z.enum(['post', 'get']).default('post'), {
    description: 'How to ask; post falls back to get where the server answers 405 or 501.',
  }),
  timeout,
  ...tlsFields,
});

export type PrometheusSettings = z.output<typeof fields>;

export const prometheusSchema = fields.superRefine((settings, context) => {
  const refuse = (key: keyof PrometheusSettings, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (settings['max-age'] !== undefined) {
    const obstacle = checkMaxAge(settings.query);
    if (obstacle !== null) refuse('max-age', `cannot be checked: ${obstacle}`);
  }
  checkFleet(settings, refuse);
  if (settings.per === 'instance') {
    // An instance without a value counts as busy; a value made up, or one of an unknown age, would say otherwise.
    for (const key of ['default', 'max-age', 'app-label'] as const)
      if (settings[key] !== undefined) refuse(key, 'cannot be given with per: instance');
  }
  if (settings.token !== undefined && settings.username !== undefined) {
    refuse('token', 'give either a token or a username, not both');
  }
  if ((settings.username === undefined) !== (settings.password === undefined)) {
    refuse(settings.username === undefined ? 'username' : 'password', 'is needed beside the other');
  }
  checkTls(settings, refuse);
});

function checkFleet(
  settings: PrometheusSettings,
  refuse: (key: keyof PrometheusSettings, message: string) => void,
): void {
  if (settings['app-label'] !== undefined) {
    if (holesIn(settings.query).length > 0) {
      refuse('app-label', 'is for a query that asks for all apps: remove $APP_NAME from it');
    }
    if (settings['max-age'] !== undefined) {
      refuse('max-age', 'cannot be checked for each app of a query with app-label');
    }
  } else if (settings['fleet-query'] === 'always') {
    const why = whyNotForFleet(settings);
    if (why !== null) refuse('query', `cannot be asked once for the fleet: ${why}`);
  }
}

function checkSyntax(query: string, context: z.RefinementCtx<string>): void {
  const problem = checkQuery(query);
  if (problem?.severity === 'error') {
    context.addIssue({ code: 'custom', message: problem.message });
  }
}

function checkAddress(text: string, context: z.RefinementCtx<string>): void {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    refuse('must be an address such as https://api.fly.io/prometheus/my-org');
  } else if (url.search !== '' || url.hash !== '') {
    refuse('must not have a query or a fragment');
  } else if (url.pathname.endsWith('/api/v1/query')) {
    refuse('must end before /api/v1/query, which is added');
  }
}
