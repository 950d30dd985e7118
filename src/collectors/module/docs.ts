import type { CollectorDocs } from '../../seams/schema.js';

export const moduleDocs: CollectorDocs = {
  title: 'A module of your own',
  introduction:
    'A source that has no collector here: an ES module that reads it. [examples/custom-collector/beanstalkd.js](../examples/custom-collector/beanstalkd.js) is a complete one, without any dependency; it reads beanstalkd for the whole fleet in one round trip.',
  expression: 'queue_depth / 10',
  env: {
    settings: {
      'metric-name': 'queue_depth',
      path: './beanstalkd.js',
      options: { host: 'beanstalkd.internal' },
      default: 0,
    },
  },
  yaml: {
    settings: {
      'metric-name': 'queue_depth',
      path: './beanstalkd.js',
      options: { host: 'beanstalkd.internal', token: '$BEANSTALKD_TOKEN' },
      default: 0,
    },
  },
  notes: [
    '**`createCollector(options, context)`** is exported by the module and called at the first collection. `options` are texts by name. `context` has `connect()` (HTTP with kept connections), `clock`, `random`, `timeoutMs`, `userAgent`, `warn(message, fields)`, and with `max-requests-per-second` also `takeTurn(signal)`.',
    "**`collect(apps, emit, signal)`** of what it gives is called once for all apps. `emit(app, ...)` takes a number, `null` for none (`default`), an `Error`, or a whole sample: `{ kind: 'value', value, atMs }`, or `{ kind: 'error', code, message, atMs }` with a code such as `source-unauthorized`. What `collect` throws, and its silence, are errors of the apps that heard nothing.",
    '**`signal`** aborts at the deadline and when the program ends. **`close()`**, which may be missing, frees what is kept.',
    'The module runs within the program, with everything the program may do. Options of eight characters and more are taken out of error messages.',
    '**`max-age`** is judged by `atMs` of the samples.',
  ],
};
