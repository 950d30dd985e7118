/** Shapes of the API's answers. Those with a name are components of the OpenAPI document. */
import { z } from 'zod';
import { REASON_CODES } from '../../core/model/reason.js';
import { whyTooLong } from '../../core/model/glob.js';

export const named = z.registry<{ id: string }>();

function name<T extends z.ZodType>(id: string, schema: T): T {
  named.add(schema, { id });
  return schema;
}

/** Not `z.iso.datetime`, whose pattern fills a page of the document. */
export const time = z
  .string()
  .refine((text) => z.iso.datetime({ offset: true }).safeParse(text).success, {
    error: 'must be a time such as 2026-01-31T12:00:00Z',
  })
  .meta({ format: 'date-time' });

export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** JSON has no NaN and no infinity. */
const metricValue = name(
  'MetricValue',
  z
    .union([
      z.number(),
      z.string(),
      z.null(),
      z.strictObject({ instances: z.record(z.string(), z.number()) }),
      z.strictObject({ error: z.string() }),
    ])
    .describe(
      '"NaN", "+Inf" and "-Inf" are texts; null: the source has no value; `instances`: one for each machine, by its id.',
    ),
);

export const metrics = z
  .record(z.string(), metricValue)
  .describe('The value of each metric that was collected, by name.');

const targetRange = name(
  'TargetRange',
  z
    .strictObject({ min: z.number(), max: z.number() })
    .describe('What the expressions say of a count.'),
);

const pauseModes = ['all', 'in', 'out', 'at'] as const;

export const pauseMode = z
  .enum(pauseModes)
  .describe('`in` forbids shrinking, `out` growing, `all` both; `at` holds the count at `count`.');

export const pause = name(
  'Pause',
  z.strictObject({
    id: z.string(),
    app: z.string().nullable().describe('Name or pattern; null: every app.'),
    policy: z.string().nullable().describe('Null: every policy.'),
    mode: pauseMode,
    count: z.number().nullable().describe('With `at`.'),
    reason: z.string(),
    createdAt: time,
    until: time.nullable().describe('Null: until it is resumed.'),
  }),
);

export const isDurable = z
  .boolean()
  .describe('False: pauses last until the autoscaler restarts, because `data-dir` is not set.');

export const areAllKnown = z
  .boolean()
  .describe(
    'False: the data file was damaged or cannot be read, so pauses may be missing; nothing shrinks meanwhile.',
  );

const level = z
  .enum(['quiet', 'info', 'warn'])
  .describe(
    '`warn`: somebody should look; `info`: a hold that was asked for, or passes by itself.',
  );

const policyView = name(
  'PolicyView',
  z
    .strictObject({
      policy: z.string().describe('`default` where flat settings make the policy.'),
      metrics,
      created: z.number().nullable().describe('Healthy machines. Null: they could not be read.'),
      started: z.number().nullable().describe('Those that run, or are about to.'),
      createdTarget: targetRange
        .nullable()
        .describe('Null: that count is left as it is, or has no usable number.'),
      startedTarget: targetRange.nullable(),
      machinesByState: z.record(z.string(), z.number()).nullable(),
      lastAction: z
        .strictObject({ text: z.string(), at: time, why: z.string() })
        .nullable()
        .describe('The last thing that was done; it stays until there is a newer one.'),
      state: z
        .string()
        .describe('What keeps the app from its target, or else why it is where it is.'),
      level,
    })
    .describe('An app as the last pass by one policy left it.'),
);

export const app = name(
  'App',
  z.strictObject({
    app: z.string(),
    policies: z.array(policyView).describe('One for each policy that the app is in.'),
    pauses: z.array(pause).describe('Those that are for the app now, the newest first.'),
  }),
);

export const brake = name(
  'Brake',
  z
    .strictObject({
      metric: z.string(),
      isOn: z.boolean(),
      since: time.nullable(),
      apps: z.number().describe('Apps that read the metric and could shrink.'),
      fallen: z.number().describe('Those of them that fell to half or less, or to their minimum.'),
    })
    .describe('The fleet brake of one metric. While it is on, nothing shrinks on the metric.'),
);

const count = name(
  'Count',
  z
    .strictObject({
      current: z.number(),
      target: targetRange.nullable(),
      recommended: z.number().describe('`current` within the target, before any step.'),
      wanted: z.number().describe('What remains after all steps.'),
      bounds: targetRange
        .optional()
        .describe('The target with schedules and pauses taken in, where they say something.'),
      noted: z
        .number()
        .optional()
        .describe('The recommendation that stabilization windows take in.'),
    })
    .describe('One count on its way from the expressions to the plan.'),
);

export const reason = name(
  'Reason',
  z.strictObject({
    code: z.enum(REASON_CODES),
    detail: z.string(),
    subject: z
      .string()
      .optional()
      .describe(
        'What it is about: a metric, an expression (`created`, `started`), the mode of a pause.',
      ),
  }),
);

export const actionKinds = [
  'create',
  'start',
  'destroy',
  'stop',
  'suspend',
  'undo',
  'finish',
] as const;

const action = name(
  'Action',
  z
    .strictObject({
      action: z.enum(actionKinds),
      result: z.enum(['done', 'partly', 'held', 'failed', 'undone', 'dry']),
      machine: z.string().nullable(),
      region: z.string(),
      steps: z.array(z.string()).readonly().describe('The calls that were made, in their order.'),
      reason,
      detail: z.string().nullable().describe('Why it was held, or what failed.'),
      errorCode: z.string().nullable(),
    })
    .describe('What came of one action on one machine.'),
);

export const decisionKind = z
  .enum(['acts', 'changed', 'regular'])
  .describe('`acts`: it did something; `changed`: its reasons are others than before.');

const decisionShape = {
  at: time,
  app: z.string(),
  policy: z.string(),
  kind: decisionKind,
  metrics,
  created: count.nullable().describe('Null: that count is left as it is, or nothing was decided.'),
  started: count.nullable(),
  actions: z.array(action).readonly(),
  reasons: z.array(reason).readonly(),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
};

export const liveDecision = name(
  'LiveDecision',
  z.strictObject(decisionShape).describe('A decision as it was made.'),
);

const storedShape = {
  id: z.number(),
  ...decisionShape,
  engine: z
    .string()
    .describe(
      'Version of the autoscaler that decided. Empty: the decision is damaged, which `error` says.',
    ),
  config: z.string().describe('Hash of the configuration.'),
};

export const storedDecision = name('StoredDecision', z.strictObject(storedShape));

const machine = name(
  'Machine',
  z.strictObject({
    id: z.string(),
    state: z.string(),
    region: z.string(),
    group: z.string().describe('Empty: it says none.'),
    isCordoned: z.boolean(),
    hostStatus: z.string(),
  }),
);

const change = z.strictObject({ before: z.number(), after: z.number() }).nullable();

const step = name(
  'Step',
  z.strictObject({
    step: z.string(),
    created: change.describe('What was wanted before and after it. Null: the same.'),
    started: change,
    reasons: z.array(reason).readonly(),
  }),
);

export const wholeDecision = name(
  'WholeDecision',
  z.strictObject({
    ...storedShape,
    steps: z
      .array(step)
      .readonly()
      .describe('The steps of the decision that changed something, in their order.'),
    durationMs: z.number(),
    machines: z.array(machine).nullable().describe('All of the app, as they were. Null: not read.'),
    release: z
      .strictObject({ id: z.string(), version: z.number(), status: z.string() })
      .nullable()
      .describe('Null: the app had none, or it was not read.'),
    pauses: z.array(pause).describe('Those that were for the app and policy.'),
    braked: z
      .record(z.string(), z.string())
      .describe('Metrics whose fleet brake held the app, each with why.'),
    granted: z
      .strictObject({
        creates: z.number(),
        removals: z.number(),
        starts: z.number(),
        stops: z.number(),
      })
      .nullable()
      .describe('What the fleet allowed. Null: nothing was asked for.'),
  }),
);

export const failure = name(
  'Failure',
  z.strictObject({ error: z.string(), hint: z.string().describe('What to do about it.') }),
);

/** As earlier versions took it: what was made for such a pattern must be found by it. */
export const anyAppPattern = z
  .string()
  .regex(/^[a-z0-9*-]+$/, { error: 'must be an app name, or a pattern with * in it' });

export const appPattern = anyAppPattern.check(({ value, issues }) => {
  const message = whyTooLong(value);
  if (message !== null) issues.push({ code: 'custom', message, input: value });
});

export const nothing = z.strictObject({});
