/** What people and their tools do beside us. */
import { tokenOf } from './autoscaler.js';
import { protect } from './machine-troubles.js';
import { ACTS, MINUTE_MS, SECOND_MS, machineOf, type TroubleDefinitions } from './trouble-kind.js';
import type { Stage } from './stage.js';

export const PEOPLE_TROUBLES = {
  deploy: {
    weight: 4,
    lengthMs: [10 * MINUTE_MS, 25 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      const plan = stage.app();
      if (plan === undefined) return;
      const isBlueGreen = plan.spareVolumes === null && chance.is(0.4);
      const afterMs = chance.whole(1, 20) * SECOND_MS;
      sim.deploys.start(plan.name, {
        strategy: isBlueGreen ? 'bluegreen' : 'rolling',
        ...chance.pick([
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
  /** Somebody is at work on an app while it grows. */
  'hands-in-creates': {
    weight: 4,
    lengthMs: [2 * MINUTE_MS, 8 * MINUTE_MS],
    strike: (stage) => {
      const { sim, chance } = stage;
      stage.setTrap({
        fits: (method, url) => method === 'POST' && url.endsWith('/machines'),
        isBefore: false,
        spring: (_process, url) => {
          const app = stage.plan.apps.find(({ name }) => url.includes(`/apps/${name}/`));
          if (app === undefined || !sim.world.apps.has(app.name)) return;
          const inMs = chance.whole(0, 40 * SECOND_MS);
          const atMs = Math.min(stage.untilMs, stage.clock.elapsedMs() + inMs);
          const act = chance.pick(['destroy', 'destroy', 'deploy', 'clone'] as const);
          if (act === 'clone') cloneProtected(stage, app.name, atMs);
          else if (act === 'destroy') stage.at(atMs, () => destroyNewest(stage, app.name));
          else {
            const strategy = app.spareVolumes === null ? 'bluegreen' : 'rolling';
            stage.at(Math.min(atMs, stage.clock.elapsedMs() + 5 * SECOND_MS), () => {
              if (sim.world.apps.has(app.name)) sim.deploys.start(app.name, { strategy });
            });
          }
        },
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
  /** An operator has the app left alone. */
  pause: {
    weight: 3,
    lengthMs: [2 * MINUTE_MS, 12 * MINUTE_MS],
    strike: (stage) => {
      const plan = stage.app();
      if (plan === undefined) return;
      const resume = stage.pause(plan.name, stage.chance.pick(['all', 'in', 'out']));
      stage.at(stage.untilMs, resume);
    },
  },
  'clock-jump': {
    weight: 2,
    lengthMs: [0, 0],
    strike: (stage) => {
      const minutes = stage.chance.pick([-60, -47, -5, -0.1, 0.1, 5, 47, 60]);
      stage.clock.jumpWall(minutes * MINUTE_MS);
    },
  },
} satisfies TroubleDefinitions;

function destroyNewest(stage: Stage, app: string): void {
  if (!stage.sim.world.apps.has(app)) return;
  const newest = stage.sim.world.machines(app).findLast(({ name }) => name.startsWith('fas-'));
  if (newest !== undefined)
    flyctl(stage, 'DELETE', `/v1/apps/${app}/machines/${newest.id}?kill=true`);
}

/** `fly machine clone` of a machine that its user has protected. */
function cloneProtected(stage: Stage, app: string, atMs: number): void {
  const machines = stage.sim.world.machines(app).filter(({ state }) => state === 'started');
  if (machines.length === 0) return;
  const { id, region } = stage.chance.pick(machines);
  protect(stage, app, id, stage.chance.is(0.5) ? id : 'true');
  stage.at(atMs, () => {
    const config = stage.sim.world.apps.has(app) ? stage.sim.world.machine(app, id)?.config : null;
    if (config == null || config.mounts !== undefined) return;
    flyctl(stage, 'POST', `/v1/apps/${app}/machines`, { region, config });
  });
  stage.at(stage.untilMs, () => {
    if (stage.sim.world.apps.has(app)) protect(stage, app, id, null);
  });
}

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
