import type { Answer, Call } from '../exchange.js';
import {
  appOf,
  asFlag,
  bodyOf,
  decodeCursor,
  encodeCursor,
  isShown,
  json,
  limitOf,
  machineOf,
  textOf,
} from '../exchange.js';
import { parseTimeoutMs } from '../stop-timeout.js';
import { ApiError } from '../model.js';
import type { SimConfig, SimMachine } from '../model.js';
import { made } from '../odd-answers.js';
import { renderMachine, renderWithLease } from '../render.js';

export function listMachines(call: Call): Answer {
  const { query, engine } = call;
  const limit = limitOf(query.get('limit'), 1000);
  const after = Number(decodeCursor(query.get('cursor') ?? '') || 0);
  const isWanted = machineFilter(call);
  const found: SimMachine[] = [];
  let hasMore = false;
  for (const machine of appOf(call).machines.values()) {
    if (machine.order <= after || !isWanted(machine)) continue;
    if (limit !== undefined && found.length >= limit) {
      hasMore = true;
      break;
    }
    found.push(machine);
  }
  const isSummary = asFlag(query.get('summary'));
  const hasLeases = asFlag(query.get('include_leases'));
  const rendered = found.map((machine) => {
    const body = hasLeases
      ? renderWithLease(machine, isSummary, engine.nowMs)
      : renderMachine(machine, isSummary);
    return asOdd(call, machine, body);
  });
  const last = found.at(-1);
  const headers: Record<string, string> =
    hasMore && last !== undefined ? { 'fly-next-cursor': encodeCursor(last.order) } : {};
  return { status: 200, body: `[${rendered.join(',')}]`, headers };
}

function machineFilter(call: Call): (machine: SimMachine) => boolean {
  const { query } = call;
  const region = query.get('region');
  const states = query.get('state')?.split(',');
  const hasDeleted = asFlag(query.get('include_deleted'));
  const wanted = [...query.entries()]
    .filter(([key]) => key.startsWith('metadata.'))
    .map(([key, value]) => [key.slice('metadata.'.length), value] as const);
  return (machine) =>
    (hasDeleted || machine.state !== 'destroyed') &&
    (region === null || region === '' || machine.region === region) &&
    (states === undefined || states.includes(machine.state)) &&
    wanted.every(([key, value]) => machine.config.metadata?.[key] === value) &&
    isShown(call, machine.region);
}

export function createMachine(call: Call): Answer {
  const body = bodyOf(call);
  const leaseTtl = Number(body['lease_ttl'] ?? 0);
  const name = textOf(body['name']);
  const region = textOf(body['region']);
  refuseOverQuota(call, region);
  const machine = call.life.launch(
    appOf(call),
    {
      config: configOf(body),
      skipLaunch: body['skip_launch'] === true,
      isCordoned: body['skip_service_registration'] === true,
      leaseTtlMs: leaseTtl * 1000,
      ...(name === undefined ? {} : { name }),
      ...(region === undefined ? {} : { region }),
    },
    call.actor,
  );
  const rendered = renderMachine(machine, false);
  if (machine.lease === null) return { status: 200, body: rendered };
  const nonce = JSON.stringify(machine.lease.nonce);
  return { status: 200, body: `${rendered.slice(0, -1)},"nonce":${nonce}}` };
}

/** Only of creates that are asked for: what the world begins with, and what a deploy moves, is there already. */
function refuseOverQuota(call: Call, region = call.engine.config.regions[0] ?? ''): void {
  const { org } = appOf(call);
  if (!call.world.conditions.regionsOverQuota.has(region)) return;
  const text = `organization "${org.name}" is using 1970176 MB of memory in ${region} which is over the allowed quota. please consider other regions`;
  throw new ApiError(403, text);
}

function configOf(body: Record<string, unknown>): SimConfig {
  const { config } = body;
  if (config === null || typeof config !== 'object' || Array.isArray(config)) {
    throw new ApiError(400, 'config is required');
  }
  return config as SimConfig;
}

export function getMachine(call: Call): Answer {
  const machine = machineOf(call);
  const version = call.query.get('version');
  if (version !== null && version !== '' && version !== machine.version) {
    throw new ApiError(404, 'machine version not found');
  }
  const hasLease = asFlag(call.query.get('include_leases'));
  const body = hasLease
    ? renderWithLease(machine, false, call.engine.nowMs)
    : renderMachine(machine, false);
  return { status: 200, body: asOdd(call, machine, body) };
}

function asOdd({ world }: Call, { id }: SimMachine, body: string): string {
  const oddity = world.conditions.oddMachines.get(id);
  return oddity === undefined ? body : JSON.stringify(made(JSON.parse(body), oddity));
}

export function updateMachine(call: Call): Answer {
  const machine = machineOf(call);
  const body = bodyOf(call);
  const region = textOf(body['region']);
  if (region !== undefined && region !== machine.region) {
    throw new ApiError(400, 'machine region cannot be changed');
  }
  const currentVersion = textOf(body['current_version']);
  call.life.update(
    machine,
    {
      config: configOf(body),
      skipLaunch: body['skip_launch'] === true,
      ...(currentVersion === undefined ? {} : { currentVersion }),
    },
    call.actor,
  );
  return { status: 200, body: renderMachine(machine, false) };
}

/** `force` is what Fly documents, `kill` what its own clients send. */
export function deleteMachine(call: Call): Answer {
  const isForced = asFlag(call.query.get('force')) || asFlag(call.query.get('kill'));
  call.life.destroy(machineOf(call), isForced, call.actor);
  return json({ ok: true });
}

export function startMachine(call: Call): Answer {
  const { previousState } = call.life.start(machineOf(call), call.actor);
  return json({ previous_state: previousState, migrated: false, new_host: '' });
}

export function stopMachine(call: Call): Answer {
  const machine = machineOf(call);
  const body = bodyOf(call);
  const { timeout } = body;
  const timeoutMs =
    typeof timeout === 'string' || typeof timeout === 'number'
      ? parseTimeoutMs(timeout)
      : undefined;
  const signal = textOf(body['signal']);
  call.life.stop(
    machine,
    {
      ...(signal === undefined ? {} : { signal }),
      // Fly's own client writes a timeout that was not given as "0s".
      ...(timeoutMs === undefined || timeoutMs === 0 ? {} : { timeoutMs }),
    },
    call.actor,
  );
  return json({ ok: true });
}

export function suspendMachine(call: Call): Answer {
  call.life.suspend(machineOf(call), call.actor);
  return json({ ok: true });
}

export function restartMachine(call: Call): Answer {
  call.life.restart(machineOf(call), call.actor);
  return json({ ok: true });
}

export function signalMachine(call: Call): Answer {
  call.life.signal(machineOf(call), textOf(bodyOf(call)['signal']) ?? 'SIGINT', call.actor);
  return json({ ok: true });
}

export function cordonMachine(call: Call): Answer {
  call.life.setCordon(machineOf(call), true, call.actor);
  return json({ ok: true });
}

export function uncordonMachine(call: Call): Answer {
  call.life.setCordon(machineOf(call), false, call.actor);
  return json({ ok: true });
}

export function listEvents(call: Call): Answer {
  const limit = limitOf(call.query.get('limit'), 50) ?? 20;
  return json(machineOf(call).events.slice(0, limit));
}

const WAIT_STEP_MS = 250;

/** Holds the request until the machine has reached one of the states, at most a minute. */
export async function waitForState(call: Call): Promise<Answer> {
  const { engine, query } = call;
  const states = query.getAll('state').flatMap((text) => text.split(','));
  const wanted = states.length === 0 ? ['started'] : states;
  const seconds = Number(query.get('timeout') ?? 60);
  if (!(seconds >= 0 && seconds <= 60)) throw new ApiError(400, 'invalid timeout');
  const version = query.get('version') ?? query.get('instance_id');
  const untilMs = engine.nowMs + seconds * 1000;
  for (;;) {
    const machine = machineOf(call);
    if (version !== null && version !== machine.version) {
      throw new ApiError(400, 'machine version is currently replaced');
    }
    if (wanted.includes(machine.state)) {
      const eventId = machine.events[0]?.id ?? '';
      return json({ ok: true, state: machine.state, version: machine.version, event_id: eventId });
    }
    if (engine.nowMs >= untilMs) {
      const text = `deadline_exceeded: machine failed to reach desired state, ${wanted.join(',')}, currently ${machine.state}`;
      throw new ApiError(408, text);
    }
    await engine.clock.sleep(WAIT_STEP_MS);
    engine.catchUp();
  }
}
