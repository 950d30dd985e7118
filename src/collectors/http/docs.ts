import type { CollectorDocs } from '../../seams/schema.js';

export const httpDocs: CollectorDocs = {
  title: 'HTTP',
  introduction:
    "A number out of what a URL answers: JSON, text, or Prometheus' exposition format. The door for everything that has no collector of its own.",
  expression: 'queue_depth / 10',
  env: {
    about: "for an endpoint of each app's own",
    settings: {
      'metric-name': 'queue_depth',
      url: 'http://$APP_NAME.internal:8080/metrics',
      format: 'prometheus',
      selector: 'queue_depth',
      default: 0,
    },
  },
  yaml: {
    about: 'for one answer that holds the values of the whole fleet',
    settings: {
      'metric-name': 'queue_depth',
      url: 'https://jobs.example.com/stats',
      path: "$.queues['$APP_NAME'].depth",
      headers: { 'X-Api-Key': '$JOBS_API_KEY' },
      'max-age': '2m',
      'time-path': '$.updated_at',
      default: 0,
    },
  },
  fly: {
    settings: {
      'metric-name': 'queue_depth',
      url: 'https://jobs.example.com/stats',
      path: "$.queues['$APP_NAME'].depth",
      token: '...',
    },
  },
  notes: [
    '**Requests.** Without `$APP_NAME` in `url` and `body` there is one request for the whole fleet; with it one for each app, at most 32 at once. GET asks, POST when there is a `body`. Redirects are not followed.',
    "**`path`** is JSONPath (RFC 9535) with names, indexes, `*` and filters that compare a member with a literal: `$.apps[?@.name == '$APP_NAME'].depth`. Names after a dot may have hyphens. A text that is a number counts as one; `true`, lists and objects are errors. In the environment or a shell, quote it: `$` is the beginning of the path.",
    '**`selector`** names a metric, and labels with `=` and `!=`. **`pattern`** is an RE2 expression; `^` and `$` match at lines. It searches 1 MB of text at most.',
    "**Nothing there** (a path, series or match that is not found, `null`, an empty text, 404 for an app's own URL) is empty. 404 for a shared URL is an error, and so is one that something before the source gives: a page of HTML, or the words of a known gateway.",
    '**Several numbers** are an error unless `combine` says what to make of them.',
    '**Secrets.** Errors show the URL without what follows `?`. Keys belong into `headers`, `token`, or `username` and `password`.',
    '**`max-age`** for json needs `time-path`, which says when the number was true; for prometheus it is judged by the timestamps of the series. Of several the oldest counts. An answer without a time is then an error.',
  ],
};
