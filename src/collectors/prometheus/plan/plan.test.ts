import { describe, expect, it } from 'vitest';
import { planQuery } from './plan.js';

const plan = (query: string) => planQuery(query, 'my-.*');
const A = '{app="$APP_NAME"}';
const F = '{app=~"my-.*"}';

/** The query for the fleet, white space folded. */
function fleet(query: string): string {
  const planned = plan(query);
  if (planned.kind !== 'fleet') return JSON.stringify(planned);
  return planned.query.replaceAll(/\s+/g, ' ').replaceAll(' )', ')');
}

describe('a query that can be asked once for the fleet', () => {
  it.each([
    [`sum(x${A})`, `sum by (app) (x${F})`],
    ["count(fly_instance_up{app='$APP_NAME'})", `count by (app) (fly_instance_up${F})`],
    [`x{app="\${APP_NAME}", queue!="a"}`, `x{app=~"my-.*", queue!="a"}`],
    [`sum by (queue) (x${A})`, `sum by (queue, app) (x${F})`],
    [`sum(x${A}) by (app)`, `sum(x${F}) by (app)`],
    [`max without (instance, app) (x${A})`, `max without (instance) (x${F})`],
    [`max without (app) (x${A})`, `max without () (x${F})`],
    [`quantile(0.9, x${A}) by (queue)`, `quantile(0.9, x${F}) by (queue, app)`],
    [
      `-ceil(sum(rate(x${A}[5m] offset 1m)) / 10)`,
      `-ceil(sum by (app) (rate(x${F}[5m] offset 1m)) / 10)`,
    ],
    [`max_over_time(sum(x${A})[5m:30s])`, `max_over_time(sum by (app) (x${F})[5m:30s])`],
    [
      `histogram_quantile(0.9, sum by (le) (rate(x_bucket${A}[5m])))`,
      `histogram_quantile(0.9, sum by (le, app) (rate(x_bucket${F}[5m])))`,
    ],
    [`sum(x${A}) / sum(y${A})`, `sum by (app) (x${F}) / sum by (app) (y${F})`],
    [`x${A} / on (queue) y${A}`, `x${F} / on (queue, app) y${F}`],
    [`x${A} - x${A} offset 5m`, `x${F} - x${F} offset 5m`],
    [`x${A} > bool ignoring (app, a) y${A}`, `x${F} > bool ignoring (a) y${F}`],
    [`sum(x${A}) / sum(total)`, `sum by (app) (x${F}) / ignoring (app) group_left () sum(total)`],
    [`sum(total) - sum(x${A})`, `sum(total) - ignoring (app) group_right () sum by (app) (x${F})`],
    [`sum by (app) (x${A}) / quota`, `sum by (app) (x${F}) / quota`],
    [`sum(x${A}) or max(y${A})`, `(sum by (app) (x${F}) or max by (app) (y${F}))`],
    [`x${A} and on (app) y${A}`, `x${F} and on (app) y${F}`],
    [`x${A} unless on (queue) paused`, `x${F} unless on (queue) paused`],
    [`limits and on (app) x${A}`, `limits and on (app) x${F}`],
    [
      `label_replace(x${A}, "queue", "$1", "app", "(.*)")`,
      `label_replace(x${F}, "queue", "$1", "app", "(.*)")`,
    ],
    [`sort_desc(x${A}) # the fullest`, `sort_desc(x${F})`],
    [`sum(x${A} @ 1600000000)`, `sum by (app) (x${F} @ 1600000000)`],
  ])('%s', (query, expected) => {
    expect(fleet(query)).toBe(expected);
  });

  /** Shows which series the functions around an "or" leave out. */
  const marked = (bare: string): string => `label_replace(${bare}, "fas_left_out", "yes", "", "")`;

  it.each([
    [`x${A} or vector(0)`, `x${F}`, '(vector(0))'],
    [`x${A} or on (app) vector(1)`, `x${F}`, '(vector(1))'],
    [`sum(x${A}) or vector(0)`, `sum by (app) (x${F})`, '(vector(0))'],
    [
      `ceil((count(x${A}) or vector(2)) / 3)`,
      `ceil((count by (app) (x${F})) / 3)`,
      'ceil(((vector(2))) / 3)',
    ],
    [
      `ceil((sum(x${A}) or vector(2)) / 3)`,
      `(ceil((sum by (app) (x${F})) / 3)) or ignoring (fas_left_out) ${marked(`(sum by (app) (x${F}))`)}`,
      'ceil(((vector(2))) / 3)',
    ],
    [
      `-(x${A} offset 5m or vector(0))`,
      `(-(x${F} offset 5m)) or ignoring (fas_left_out) ${marked(`(x${F} offset 5m)`)}`,
      '-((vector(0)))',
    ],
    [`((sum(x${A})) or vector(0))`, `((sum by (app) (x${F})))`, '((vector(0)))'],
    [
      `sum(x${A}) or max(y${A}) or vector(1)`,
      `(sum by (app) (x${F}) or max by (app) (y${F}))`,
      '(vector(1))',
    ],
    [`sum(x${A}) or sum(y) or vector(1)`, `sum by (app) (x${F})`, '((sum(y)) or vector(1))'],
  ])('%s, with what an app has that has nothing', (query, expected, otherwise) => {
    const planned = plan(query);
    expect(fleet(query)).toBe(expected);
    expect(planned.kind === 'fleet' && planned.otherwise?.text.replaceAll(/\s+/g, ' ')).toBe(
      otherwise,
    );
  });

  it('knows whether the series of an app have the label themselves', () => {
    const keeps = (query: string): unknown => {
      const planned = plan(query);
      return planned.kind === 'fleet' ? planned.keepsLabel : planned;
    };
    expect(keeps(`x${A}`)).toBe(true);
    expect(keeps(`sum by (app) (x${A})`)).toBe(true);
    expect(keeps(`sum(x${A})`)).toBe(false);
    expect(keeps(`sum by (app) (sum(x${A}))`)).toBe(false);
    expect(keeps(`x${A} / ignoring (app) y${A}`)).toBe(false);
    expect(keeps(`x${A} / on (app) y${A}`)).toBe(true);
  });
});

describe('a query that is asked app by app', () => {
  it.each([
    [`topk(1, x${A})`, 'order'],
    [`absent(x${A})`, 'absent'],
    [`count_values("v", x${A})`, 'labels of values'],
    [`scalar(sum(x${A}))`, 'scalar'],
    [`vector(scalar(sum(x${A})))`, 'scalar'],
    [`label_replace(x${A}, "app", "b", "", "")`, 'touches the label app'],
    [`label_replace(sum(x${A}), "q", "$1", "app", "(.*)")`, 'touches the label app'],
    [`label_replace(x${A}, "a\\x70p", "b", "", "")`, 'escape'],
    [`label_replace(sum by (q, app) (x${A}), "r", "$1", "q", "(a.*)")`, 'lost labels'],
    [`label_join(x${A}, "app", "-", "a", "b")`, 'touches the label app'],
    [`label_replace(x${A}, ("app"), "b", "", "")`, 'a text in parentheses'],
    [`label_replace(sum(x${A}), "q", "$1", ("app"), "(.*)")`, 'a text in parentheses'],
    [`label_join(x${A}, (("app")), "-", "a")`, 'a text in parentheses'],
    [`label_join(sum(x${A}), "q", "-", ("app"))`, 'a text in parentheses'],
    [`sum(x${A}) + on () label_join(sum(y), ("app"), "-")`, 'a text in parentheses'],
    [`label_replace(x${A}, "app" offset 5m, "b", "", "")`, 'a text with offset'],
    [`label_replace(x${A}, "app" @ 1600000000, "b", "", "")`, 'a text with offset'],
    [`label_replace(x${A}, "ap" + "p", "b", "", "")`, 'other arguments'],
    [`label_replace(x${A}, -"app", "b", "", "")`, 'a sign before'],
    [`x${A} * on (queue) group_left (app) y${A}`, 'brings the label app'],
    [`sum(x${A}) / sum by (app) (y${A})`, 'lost it'],
    [`sum(x${A}) / ignoring () y`, 'may have the label app'],
    [`sum(x${A}) / y`, 'single series without labels'],
    [`sum by (queue) (x${A}) / sum by (queue) (y${A})`, 'single series without labels'],
    [`sum by (queue) (x${A}) / sum(y)`, 'single series without labels'],
    [`x${A} / on (queue) y`, 'several series'],
    [`x${A} * on (queue) group_right () y`, 'several series on the side'],
    [`total unless x${A}`, 'name no app'],
    [`vector(1) or x${A}`, 'name no app'],
    [`x${A} or on (queue) vector(1)`, 'match several'],
    [`x${A} or y`, 'match several'],
    [`sum(x${A}) or y`, 'match several'],
    [`(sum(x${A}) or vector(1)) or sum(y${A})`, 'beside "or"'],
    [`sum(y${A}) or (sum(x${A}) or vector(1))`, 'beside "or"'],
    [`sum(x${A}) or sum(y) or on () vector(1)`, 'several "or"'],
    [`sum(x${A} or vector(0))`, 'over "or"'],
    [`(sum(x${A}) or vector(0)) / 0`, 'a value for every number'],
    [`(sum(x${A}) or vector(0)) > 1`, 'a value for every number'],
    [`ln(sum(x${A}) or vector(0))`, 'a value for every number'],
    [`(sum(x${A}) or vector(0)) / sum(y${A})`, 'beside "or"'],
    [`max_over_time((sum(x${A}) or vector(0))[5m:1m])`, 'inside a range'],
    [`sum(x${A}) / sum(y{application="$APP_NAME"})`, 'two labels'],
    [`sum(x{app=~"$APP_NAME"})`, 'not the whole value'],
    [`sum(x{app=~"$APP_NAME|other"})`, 'not the whole value'],
    [`sum(x{app!="$APP_NAME"})`, 'not the whole value'],
    [`sum(x{app="$APP_NAME-worker"})`, 'not the whole value'],
    [`sum(\${APP_NAME}_jobs) + sum($APP_NAME)`, 'not the whole value'],
    [`sum({__name__="$APP_NAME"})`, 'cannot stand for the app'],
    [`sum(x${A}) default 0`, 'no plain PromQL'],
    [`x${A}[5m]`, 'no list of series'],
    [`max_over_time(a + x${A}[5m:1m])`, 'behind an operator'],
    [`sum(x${A}, y${A})`, 'other arguments'],
    [`max by (app) (y${A}, x${A})`, 'other arguments'],
    [`sum(x${A}, y)`, 'other arguments'],
    [`sum(x${A}) / on () sum(y, z)`, 'other arguments'],
    [`quantile(x${A}, y)`, 'other arguments'],
    [`quantile(y, x${A})`, 'other arguments'],
    [`quantile(0.5, x${A}, y${A})`, 'other arguments'],
    [`clamp_max(5, x${A})`, 'other arguments'],
    [`clamp_max(x${A}, y${A})`, 'other arguments'],
    [`ceil(x${A}, y)`, 'other arguments'],
    [`rate(sum(x${A}))`, 'other arguments'],
    [`histogram_quantile(0.9, x${A}, "app")`, 'other arguments'],
    [`sum(x${A}) / ignoring (queue) group_left () vector(y)`, 'may have the label app'],
  ])('%s', (query, why) => {
    expect(plan(query)).toMatchObject({ kind: 'refused', why: expect.stringContaining(why) });
  });
});

it('asks what does not mention the app once for all', () => {
  expect(plan('sum(x)')).toEqual({ kind: 'shared' });
});
