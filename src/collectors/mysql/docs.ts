import type { CollectorDocs } from '../../seams/schema.js';

export const mysqlDocs: CollectorDocs = {
  title: 'MySQL',
  introduction: 'A number from a query to MySQL or MariaDB.',
  expression: 'queue_depth / 10',
  env: {
    about: 'with a query for each app',
    settings: {
      'metric-name': 'queue_depth',
      url: 'mysql://scaler@db.example.com:3306/jobs?ssl-mode=REQUIRED',
      password: '...',
      query: "select count(*) from jobs where done_at is null and app = '$APP_NAME'",
    },
  },
  yaml: {
    about: 'with one query for the whole fleet, of numbers that another job writes each minute',
    settings: {
      'metric-name': 'queue_depth',
      url: 'mysql://scaler@db.example.com:3306/jobs?ssl-mode=REQUIRED',
      password: '$FAS_MYSQL_PASSWORD',
      query: 'select app, depth, unix_timestamp(written_at) as at from depths',
      'app-column': 'app',
      'time-column': 'at',
      'max-age': '5m',
      default: 0,
    },
  },
  notes: [
    '**As with PostgreSQL:** `app-column`, `$APP_NAME` as a parameter (texts may be in single or double quotes), TLS, and four connections to a server. A server that is given by its IP address needs `server-name` for TLS.',
    '**Read only.** The session is read-only, statements are prepared, and the server ends them after `timeout`: `max_statement_time` on MariaDB; on MySQL `max_execution_time`, which knows only SELECT.',
    '**`max-age`** is judged by `time-column`, as with PostgreSQL; `unix_timestamp(written_at)` gives it.',
  ],
};
