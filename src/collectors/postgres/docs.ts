import type { CollectorDocs } from '../../seams/schema.js';

export const postgresDocs: CollectorDocs = {
  title: 'PostgreSQL',
  introduction: 'A number from a query to PostgreSQL, or to anything else with its protocol.',
  expression: 'queue_depth / 10',
  env: {
    about: 'with a query for each app',
    settings: {
      'metric-name': 'queue_depth',
      url: 'postgres://scaler@db.example.com:5432/jobs?sslmode=require',
      password: '...',
      query: "select count(*) from jobs where done_at is null and app = '$APP_NAME'",
    },
  },
  yaml: {
    about: 'with one query for the whole fleet',
    settings: {
      'metric-name': 'queue_depth',
      url: 'postgres://scaler@db.example.com:5432/jobs?sslmode=require',
      password: '$FAS_POSTGRES_PASSWORD',
      query: 'select app, count(*) from jobs where done_at is null group by app',
      'app-column': 'app',
      default: 0,
    },
  },
  notes: [
    '**`app-column`** makes one query serve the fleet: a row for each app, with its name and the number. An app without a row, NULL, or no row at all is empty; with `group by`, an app without jobs has no row, so give `default: 0`. Several rows for one app are an error, and so are further columns. Spaces behind a name (`char(20)`) do not matter; a name that differs by capitals counts, with a warning. Where there are rows and none is of any app, the log says so once.',
    "**`$APP_NAME`** is a bound parameter, in quotes or not, and also within a text in quotes (`'queue:$APP_NAME'`). It cannot be part of a name.",
    '**Read only.** Each query is one statement in a transaction that is read-only and that the server ends after `timeout`. This works behind PgBouncer too. Still give the user no more than SELECT.',
    '**TLS** is on with `sslmode=require` or stricter in the URL, with certificates, or with `tls: true`. The certificate is then always checked, by `ca-data` or else the system; `sslmode=no-verify` leaves that out. Other parameters of the URL do not count.',
    'All collectors of one server and user share at most four connections.',
    '**`max-age`** needs a `time-column`: a third column that says when the number was true, as `extract(epoch from max(written_at))` or a timestamp with its zone. It is for numbers that somebody writes down; a count is always as of now.',
  ],
};
