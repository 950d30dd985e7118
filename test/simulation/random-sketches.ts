/** Policies whose behaviour is drawn, all rules of it at once as they come. */
import type { Chance } from './chance.js';
import type { Budget, Limits, OpenWindow, Rate, Rules } from './rules.js';
import { SKETCHES, type Sketch } from './sketches.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Among these a behaviour is drawn for; they have a created count. */
const BASES: ReadonlySet<string> = new Set([
  'created',
  'range',
  'worker',
  'regions',
  'both',
  'spares',
  'drained',
  'limited',
]);

export function drawSketches(chance: Chance, count: number): readonly Sketch[] {
  const bases = SKETCHES.filter(({ name }) => BASES.has(name));
  return Array.from({ length: count }, (_, i) => ({
    ...chance.pick(bases),
    name: `random${i}`,
    rules: drawRules(chance),
  }));
}

function drawRules(chance: Chance): Rules {
  const some = <T>(probability: number, draw: () => T): T | undefined =>
    chance.is(probability) ? draw() : undefined;
  const rules = {
    windowMs: some(0.5, () => chance.whole(1, 10) * 30 * SECOND_MS),
    growthWindowMs: some(0.3, () => chance.whole(1, 4) * 20 * SECOND_MS),
    tolerance: some(0.4, () => ({
      down: chance.pick([0, 0.1, 0.3]),
      up: chance.pick([0, 0.1, 0.3]),
    })),
    cooldownMs: some(0.4, () => ({
      down: chance.whole(0, 6) * 30 * SECOND_MS,
      up: chance.whole(0, 2) * 30 * SECOND_MS,
    })),
    down: some(0.5, () => drawLimits(chance)),
    up: some(0.4, () => drawLimits(chance)),
    budgets: some(0.4, () => drawBudgets(chance)),
    freeze: some(0.3, () => ({
      ...drawWindow(chance, 8),
      what: chance.pick(['in', 'out', 'all'] as const),
    })),
  };
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
}

function drawLimits(chance: Chance): Limits {
  const rates = [drawRate(chance), ...(chance.is(0.5) ? [drawRate(chance)] : [])];
  return { rates, select: chance.pick(['max', 'min']) };
}

function drawRate(chance: Chance): Rate {
  const periodMs = chance.whole(1, 6) * 30 * SECOND_MS;
  return chance.is(0.5)
    ? { kind: 'machines', amount: chance.whole(1, 4), periodMs }
    : { kind: 'percent', amount: chance.pick([10, 30, 50, 100]), periodMs };
}

function drawBudgets(chance: Chance): readonly Budget[] {
  const budget: Budget = {
    ...drawRate(chance),
    ...(chance.is(0.5) ? { when: drawWindow(chance, 20) } : {}),
  };
  const closed: Budget = {
    kind: 'machines',
    amount: 0,
    periodMs: MINUTE_MS,
    when: drawWindow(chance, 6),
  };
  return chance.is(0.3) ? [budget, closed] : [budget];
}

function drawWindow(chance: Chance, mostMinutes: number): OpenWindow {
  return { fromMinute: chance.whole(0, 39), minutes: chance.whole(3, mostMinutes) };
}
