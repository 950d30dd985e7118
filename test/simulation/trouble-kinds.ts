/** The kinds of trouble: each strikes when it is told to, and leaves behind what ends it. */
import {
  FAULT_KINDS,
  type FaultKind,
  type FaultRule,
  type SimMachine,
} from '../../src/simulator/index.js';
import { REGIONS } from './fleet-plan.js';
import { ORG, tokenOf } from './autoscaler.js';
import { SERIES } from './profiles.js';
import type { Stage } from './troubles.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

interface Kind {
  /** How often it is drawn beside the others. */
  readonly weight: number;
  readonly lengthMs: readonly [shortest: number, longest: number];
  readonly strike: (stage: Stage) => void;
}

const METRIC_FAULTS: readonly FaultKind[] = ['empty-result', 'nan-result', 'partial-list'];
const SILENCES: readonly FaultKind[] = ['unavailable-before', 'reset-before', 'hung-before'];
const DOUBTS: readonly FaultKind[] = [
  'unavailable-after',
  'timeout-after',
  'reset-after',
  'hung-after',
  'non-json',
  'truncated',
];
/** Paths of what changes something, and of the lease that comes before it. */
const ACTS = [
  /\/machines$/,
  /\/machines$/,
  /\/metadata$/,
  /\/cordon$/,
  /\/stop$/,
  /\/start$/,
  /\/lease$/,
] as const;
const WRITES = [
  'create-machine',
  'start-machine',
  'stop-machine',
  'delete-machine',
  'patch-metadata',
  'cordon-machine',
  'acquire-lease',
] as const;

/** A rule that holds as long as the trouble, and until all trouble ends at the latest. */
function rule(stage: Stage, fault: Omit<FaultRule, 'fromMs' | 'untilMs'>): void {
  stage.sim.faults.add({ ...fault, fromMs: stage.atMs, untilMs: stage.untilMs });
}

function machineOf(
  stage: Stage,
  isWanted: (machine: SimMachine) => boolean,
): SimMachine | undefined {
  const app = stage.app();
  if (app === undefined) return undefined;
  const found = stage.sim.world.machines(app.name).filter(isWanted);
  return found.length === 0 ? undefined : stage.chance.pick(found);
}

function hostOf(stage: Stage): string | undefined {
  return machineOf(stage, () => true)?.host.id;
}

export const TROUBLE_KINDS = {
  /** Some requests of every kind go wrong. */
  noise: {
    weight: 4,
    lengthMs: [20 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      for (let i = chance.whole(1, 3); i > 0; i -= 1) {
        rule(stage, {
          kind: chance.pick(FAULT_KINDS),
          probability: chance.pick([0.05, 0.2, 0.6]),
          surface: chance.pick(['machines', 'machines', 'graphql', 'prometheus']),
        });
      }
    },
  },
  /** Answers of what changes something get lost. */
  doubt: {
    weight: 4,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      rule(stage, {
        kind: chance.pick(DOUBTS),
        probability: chance.pick([0.3, 0.7, 1]),
        surface: 'machines',
        action: chance.is(0.6) ? 'create-machine' : chance.pick(WRITES),
      });
    },
  },
  outage: {
    weight: 2,
    lengthMs: [30 * SECOND_MS, 4 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      const surface = chance.pick(['machines', 'graphql', 'prometheus'] as const);
      rule(stage, { kind: chance.pick(SILENCES), surface });
    },
  },
  'rate-limit': {
    weight: 1,
    lengthMs: [20 * SECOND_MS, 2 * MINUTE_MS],
    strike: (stage) => rule(stage, { kind: 'rate-limited', probability: 0.7, surface: 'machines' }),
  },
  'metric-fault': {
    weight: 4,
    lengthMs: [30 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { chance } = stage;
      const probability = chance.pick([0.5, 1]);
      rule(stage, { kind: chance.pick(METRIC_FAULTS), probability, surface: 'prometheus' });
    },
  },
  'lying-metric': {
    weight: 3,
    lengthMs: [30 * SECOND_MS, 5 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const level = chance.pick([0, 0, 300, 3000, Number.POSITIVE_INFINITY]);
      const set = (isLying: boolean): void => {
        if (!sim.world.apps.has(plan.name)) return;
        for (const series of new Set(Object.values(SERIES))) {
          sim.world.setLoad(plan.name, series, isLying ? { kind: 'flat', level } : plan.load);
        }
      };
      set(true);
      stage.at(stage.untilMs, () => set(false));
    },
  },
  'lost-metric': {
    weight: 2,
    lengthMs: [6 * MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { sim } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const series = [...new Set(Object.values(SERIES))];
      for (const name of series) sim.world.setMetric(plan.name, name, null);
      stage.at(stage.untilMs, () => {
        if (!sim.world.apps.has(plan.name)) return;
        for (const name of series) sim.world.setLoad(plan.name, name, plan.load);
      });
    },
  },
  'host-outage': {
    weight: 3,
    lengthMs: [MINUTE_MS, 14 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const host = hostOf(stage);
      if (host === undefined) return;
      sim.faults.setHostStatus(host, chance.pick(['unknown', 'unreachable']));
      stage.at(stage.untilMs, () => sim.faults.setHostStatus(host, 'ok'));
    },
  },
  'host-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      const { sim } = stage;
      const host = hostOf(stage);
      if (host === undefined) return;
      sim.faults.setHostFull(host, true);
      stage.at(stage.untilMs, () => sim.faults.setHostFull(host, false));
    },
  },
  'region-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const region = stage.chance.pick(REGIONS);
      stage.sim.faults.setRegionLimit(region, 0);
      stage.at(stage.untilMs, () => stage.sim.faults.setRegionLimit(region, null));
    },
  },
  quota: {
    weight: 1,
    lengthMs: [MINUTE_MS, 6 * MINUTE_MS],
    strike: (stage) => {
      stage.sim.faults.setOrgLimit(ORG, 1);
      stage.at(stage.untilMs, () => stage.sim.faults.setOrgLimit(ORG, null));
    },
  },
  'volume-hosts-full': {
    weight: 1,
    lengthMs: [MINUTE_MS, 4 * MINUTE_MS],
    strike: (stage) => {
      stage.sim.faults.setVolumeHostsFull(true);
      stage.at(stage.untilMs, () => stage.sim.faults.setVolumeHostsFull(false));
    },
  },
  'failing-creates': {
    weight: 2,
    lengthMs: [MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      sim.faults.setCreateFailures(chance.pick([0.3, 1]), chance.pick(['failed', 'vanishes']));
      stage.at(stage.untilMs, () => sim.faults.setCreateFailures(0));
    },
  },
  crash: {
    weight: 3,
    lengthMs: [0, 0],
    strike: (stage) => {
      const machine = machineOf(stage, ({ state }) => state === 'started');
      if (machine !== undefined)
        stage.sim.faults.crash(machine, { exitCode: 1, isOom: stage.chance.is(0.3) });
    },
  },
  'stuck-machine': {
    weight: 1,
    lengthMs: [3 * MINUTE_MS, 14 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const machine = machineOf(stage, ({ state }) => state === 'started' || state === 'stopped');
      if (machine === undefined) return;
      const state = chance.pick(['starting', 'stopping', 'restarting', 'replacing'] as const);
      sim.world.setMachineState(machine, state);
      stage.at(stage.untilMs, () => {
        if (machine.state === state)
          sim.world.setMachineState(machine, chance.is(0.5) ? 'started' : 'stopped');
      });
    },
  },
  deploy: {
    weight: 4,
    lengthMs: [5 * MINUTE_MS, 25 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const isBlueGreen = plan.spareVolumes === null && chance.is(0.4);
      const afterMs = chance.whole(1, 40) * SECOND_MS;
      sim.deploys.start(plan.name, {
        strategy: isBlueGreen ? 'bluegreen' : 'rolling',
        ...chance.pick([
          {},
          {},
          { killAfterMs: afterMs },
          { killAfterMs: afterMs },
          { interruptAfterMs: afterMs },
          { failsAt: 0 },
        ]),
      });
      stage.at(stage.untilMs, () => {
        const isOpen =
          sim.world.apps.has(plan.name) &&
          sim.world.releases(plan.name).at(-1)?.status !== 'complete';
        if (isOpen && chance.is(0.5)) sim.deploys.start(plan.name, { strategy: 'rolling' });
      });
    },
  },
  'foreign-lease': {
    weight: 2,
    lengthMs: [10 * SECOND_MS, 2 * MINUTE_MS],
    strike: (stage) => {
      const plan = stage.app();
      if (plan === undefined) return;
      const seconds = Math.ceil((stage.untilMs - stage.atMs) / SECOND_MS);
      const machines = stage.sim.world.machines(plan.name);
      for (const machine of stage.chance.is(0.5) ? machines : machines.slice(0, 1)) {
        flyctl(stage, 'POST', `/v1/apps/${plan.name}/machines/${machine.id}/lease?ttl=${seconds}`);
      }
    },
  },
  /** Somebody at a keyboard. */
  user: {
    weight: 3,
    lengthMs: [MINUTE_MS, 10 * MINUTE_MS],
    strike: (stage) => {
      const machine = machineOf(stage, ({ state }) => state === 'started' || state === 'stopped');
      if (machine === undefined) return;
      const path = `/v1/apps/${machine.app.name}/machines/${machine.id}`;
      switch (
        stage.chance.pick(['stop', 'start', 'suspend', 'destroy', 'cordon', 'clone'] as const)
      ) {
        case 'destroy':
          flyctl(stage, 'DELETE', `${path}?kill=true`);
          break;
        case 'cordon':
          flyctl(stage, 'POST', `${path}/cordon`);
          stage.at(stage.untilMs, () => flyctl(stage, 'POST', `${path}/uncordon`));
          break;
        case 'clone': {
          const { mounts: _, ...config } = machine.config;
          const body = { region: machine.region, config };
          if (machine.config.mounts === undefined)
            flyctl(stage, 'POST', `/v1/apps/${machine.app.name}/machines`, body);
          break;
        }
        case 'stop':
          flyctl(stage, 'POST', `${path}/stop`);
          break;
        case 'start':
          flyctl(stage, 'POST', `${path}/start`);
          break;
        case 'suspend':
          flyctl(stage, 'POST', `${path}/suspend`);
          break;
      }
    },
  },
  'clock-jump': {
    weight: 1,
    lengthMs: [0, 0],
    strike: (stage) => {
      const minutes = stage.chance.pick([-30, -5, -0.1, 0.1, 5, 30]);
      stage.clock.jumpWall(minutes * MINUTE_MS);
    },
  },
  /** The process dies at once and is started again after a while. */
  kill: {
    weight: 3,
    lengthMs: [SECOND_MS, 90 * SECOND_MS],
    strike: (stage) => {
      const { autoscalers, chance, untilMs } = stage;
      const { alive } = autoscalers;
      if (alive.length > 0) chance.pick(alive).kill();
      stage.at(untilMs, () => {
        if (autoscalers.alive.length === 0) autoscalers.start();
      });
    },
  },
  /** It dies in the middle of acting: as something is sent, or as the answer comes. */
  'kill-in-act': {
    weight: 4,
    lengthMs: [2 * MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const path = stage.chance.pick(ACTS);
      stage.setTrap({
        fits: (method, url) => method !== 'GET' && path.test(url),
        isBefore: stage.chance.is(0.3),
        spring: (process) => process.kill(),
      });
    },
  },
  /** A release begins in the middle of acting. */
  'deploy-in-act': {
    weight: 4,
    lengthMs: [2 * MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const path = chance.pick(ACTS);
      stage.setTrap({
        // Before the first change there are only reads: the lease is the first sign of acting.
        fits: (method, url) => method !== 'GET' && path.test(url),
        isBefore: chance.is(0.5),
        spring: (_process, url) => {
          const app = /\/apps\/([^/]+)\//.exec(url)?.[1];
          if (app !== undefined && sim.world.apps.has(app))
            sim.deploys.start(app, { strategy: 'rolling' });
        },
      });
    },
  },
  /** As in a rolling deploy of the autoscaler: two at once, then the older or the younger goes. */
  twins: {
    weight: 4,
    lengthMs: [MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const { autoscalers, chance, atMs, untilMs } = stage;
      const { intervalMs } = stage.plan;
      const [older] = autoscalers.alive;
      if (older === undefined || autoscalers.alive.length > 1) return;
      // In step with the older one they get in each other's way the most.
      const ticks = Math.ceil((atMs - older.startedAtMs) / intervalMs);
      const startMs = chance.is(0.6) ? older.startedAtMs + ticks * intervalMs : atMs;
      stage.at(Math.min(startMs, untilMs), () => autoscalers.start());
      stage.at(untilMs, () => {
        if (autoscalers.alive.length < 2) return;
        const leaving = chance.is(0.6) ? older : autoscalers.alive.at(-1);
        if (leaving === undefined) return;
        if (chance.is(0.5)) leaving.kill();
        else void leaving.stop();
      });
    },
  },
} satisfies Record<string, Kind>;

export type TroubleKind = keyof typeof TROUBLE_KINDS;

function flyctl(stage: Stage, method: 'POST' | 'DELETE', path: string, body?: unknown): void {
  const request = {
    method,
    url: `https://api.machines.dev${path}`,
    headers: {
      authorization: `FlyV1 ${tokenOf('flyctl')}`,
      'user-agent': 'flyctl/0.3.200',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  // Whatever comes of it is part of the trouble.
  stage.sim.handle(request, new AbortController().signal).catch(() => undefined);
}
