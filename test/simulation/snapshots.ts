/** An app's machines as one of our lists showed them, judged by the rules of the issue and not by our own code. */
import {
  stopTimeoutMs,
  type SimApp,
  type SimMachine,
  type Simulator,
} from '../../src/simulator/index.js';
import type { AppPlan } from './fleet-plan.js';
import type { Profile } from './profiles.js';
import { UNREACHABLE_AFTER_MS } from './profiles.js';

export interface MachineSnapshot {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly state: string;
  readonly region: string;
  readonly releaseId: string | undefined;
  readonly isCordoned: boolean;
  /** Goal of our own removal mark. */
  readonly mark: string | null;
  readonly hasBlueGreenTag: boolean;
  /** Host, configuration and transit are as they should be. */
  readonly isHealthy: boolean;
  readonly isHostOk: boolean;
  /** What is told of it cannot be read. */
  readonly isOdd: boolean;
  /** Some answer has shown it to the process: a list may lack it, and nobody can know of one that no list has shown. */
  readonly isKnown: boolean;
  /** The answer that the snapshot was taken at shows it. */
  readonly isListed: boolean;
  /** So long it may have counted as not healthy, at most. */
  readonly unseenForMs: number;
  /** When its host came back last, in monotonic time. */
  readonly backAtMs: number;
  /** Owner of its lease at that moment; null: none. */
  readonly leaseOwner: string | null;
}

export interface AppSnapshot {
  /** Monotonic time. */
  readonly atMs: number;
  /** Of the first list under the same lease, which decides; later ones look for creates in doubt. */
  readonly firstAtMs: number;
  /** Machines of the policy's group. */
  readonly members: readonly MachineSnapshot[];
  /** Machines of the whole app that some answer has shown to the process. */
  readonly existing: number;
  /** All that live. */
  readonly living: readonly string[];
  readonly release: { readonly id: string; readonly status: string } | null;
}

const GONE: ReadonlySet<string> = new Set(['destroying', 'destroyed']);
const RESERVED: ReadonlySet<string> = new Set(['fly_app_console', 'fly_app_release_command']);
const TAG = 'fly_bluegreen_deployment_tag';

const MACHINE_ID = /"id":"([0-9a-f]{14})"/g;

export function groupOf(machine: SimMachine): string {
  return machine.config.metadata?.['fly_process_group'] ?? '';
}

/** Ours by the policy's group; standbys, consoles and machines that flyctl is done with are nobody's. */
export function isMember(profile: Profile, app: SimApp, machine: SimMachine): boolean {
  if (isReserved(machine)) return false;
  const group = groupOf(machine);
  if (profile.group.kind === 'all') return true;
  if (profile.group.kind === 'named') return group === profile.group.name;
  if (group === 'app') return true;
  return (
    group === '' &&
    [...app.machines.values()].every((m) => GONE.has(m.state) || isReserved(m) || groupOf(m) === '')
  );
}

export function isReserved(machine: SimMachine): boolean {
  return (
    RESERVED.has(groupOf(machine)) ||
    (machine.config.standbys ?? []).length > 0 ||
    machine.config.metadata?.[TAG] === 'safe_to_destroy'
  );
}

/** The goal of a mark of ours on this very machine. */
export function markOf(machine: SimMachine): string | null {
  const text = machine.config.metadata?.['fas-remove'];
  if (text === undefined) return null;
  const mark = JSON.parse(text) as { machine?: string; goal?: string };
  return mark.machine === machine.id ? (mark.goal ?? null) : null;
}

interface Transit {
  readonly state: string;
  readonly version: string;
  readonly sinceMs: number;
}

/** Follows what no single look shows: since when hosts are out and machines in their state. */
export class Snapshots {
  readonly #sim: Simulator;
  readonly #elapsedMs: () => number;
  readonly #hostOutSinceMs = new Map<string, number>();
  readonly #hostBackAtMs = new Map<string, number>();
  readonly #stateSinceMs = new Map<string, number>();
  /** Process -> machine -> the transit that it has seen it in. */
  readonly #seen = new Map<string, Map<string, Transit>>();

  /** Process -> machines that an answer has shown to it. */
  readonly #shown = new Map<string, Set<string>>();

  /** Process and app -> the app's own list as it came last. */
  readonly #lists = new Map<string, string>();

  constructor(sim: Simulator, elapsedMs: () => number) {
    this.#sim = sim;
    this.#elapsedMs = elapsedMs;
  }

  noteState(machineId: string, atMs: number): void {
    this.#stateSinceMs.set(machineId, atMs);
  }

  noteHost(app: string | null, machineId: string, status: unknown, atMs: number): void {
    if (status === 'ok') {
      this.#hostOutSinceMs.delete(machineId);
      this.#hostBackAtMs.set(machineId, this.#elapsedMs());
    } else if (!this.#hostOutSinceMs.has(machineId)) {
      const machine = this.#sim.world.state.apps.get(app ?? '')?.machines.get(machineId);
      // It may have been stuck before its host went: it has been out of sight since then, even if it is in no transit any more.
      const stuckForMs = machine === undefined ? null : this.#stuckForMs(machine, null);
      this.#hostOutSinceMs.set(machineId, atMs - (stuckForMs ?? 0));
    }
  }

  /** An answer about machines has come to a process. */
  noteShown(by: string, body: string): void {
    const shown = this.#shown.get(by) ?? new Set<string>();
    this.#shown.set(by, shown);
    for (const [, id] of body.matchAll(MACHINE_ID)) if (id !== undefined) shown.add(id);
  }

  /** An app's own list has come to a process. */
  noteList(by: string, app: string, body: string): void {
    this.#lists.set(`${by} ${app}`, body);
  }

  /** Whether the app's own list that came to the process last names the machine. */
  isOnList(by: string, app: string, machineId: string): boolean {
    return this.#lists.get(`${by} ${app}`)?.includes(machineId) === true;
  }

  /** A process has listed the app: from its first look on it can tell how long machines are in transit. */
  noteSeen(by: string, app: string): void {
    const seen = this.#seen.get(by) ?? new Map<string, Transit>();
    this.#seen.set(by, seen);
    for (const { id, state, version } of this.#sim.world.state.apps.get(app)?.machines.values() ??
      []) {
      if (STUCK_AFTER_MS[state] === undefined) seen.delete(id);
      else if (seen.get(id)?.state !== state || seen.get(id)?.version !== version) {
        seen.set(id, { state, version, sinceMs: this.#elapsedMs() });
      }
    }
  }

  /** Its clocks jumped: it starts to look anew. */
  forgetSeen(by: string): void {
    this.#seen.delete(by);
  }

  /** Since when a machine may be taken for out of sight, at the earliest; null: it is in plain sight. */
  #unseenForMs(machine: SimMachine, by: string | null): number | null {
    const stuckForMs = this.#stuckForMs(machine, by);
    if (machine.host.status === 'ok') return stuckForMs;
    const outForMs = this.#elapsedMs() - (this.#hostOutSinceMs.get(machine.id) ?? 0);
    return Math.max(outForMs, stuckForMs ?? 0);
  }

  #stuckForMs(machine: SimMachine, by: string | null): number | null {
    const longestMs = STUCK_AFTER_MS[machine.state];
    if (longestMs === undefined) return null;
    const nowMs = this.#elapsedMs();
    const stuckAfterMs =
      machine.state === 'stopping' ? longestMs + stopTimeoutMs(machine.config) : longestMs;
    const sinceMs =
      by === null
        ? this.#stateSinceMs.get(machine.id)
        : (this.#seen.get(by)?.get(machine.id)?.sinceMs ?? nowMs);
    const forMs = nowMs - (sinceMs ?? 0) - stuckAfterMs;
    return forMs > 0 ? forMs : null;
  }

  /** As the process may see it; null: as it truly is. */
  take(plan: AppPlan, by: string | null = null, firstAtMs = this.#elapsedMs()): AppSnapshot | null {
    const { profile } = plan;
    const app = this.#sim.world.apps.get(plan.name);
    if (profile === null || app === undefined) return null;
    const living = [...app.machines.values()].filter((machine) => !GONE.has(machine.state));
    const members = living
      .filter((machine) => isMember(profile, app, machine))
      .map((machine) => this.#machine(machine, by));
    const release = app.releases.at(-1);
    return {
      atMs: this.#elapsedMs(),
      firstAtMs,
      members,
      existing: this.#shownOf(
        living.map(({ id }) => id),
        by,
      ),
      living: living.map(({ id }) => id),
      release: release === undefined ? null : { id: release.id, status: release.status },
    };
  }

  /** The same with what the answer that it was taken at shows, and what has been shown to the process by then. */
  known(snapshot: AppSnapshot, by: string, body: string): AppSnapshot {
    const shown = this.#shown.get(by);
    const members = snapshot.members.map((m) => ({
      ...m,
      isKnown: shown?.has(m.id) === true,
      isListed: body.includes(m.id),
    }));
    return { ...snapshot, members, existing: this.#shownOf(snapshot.living, by) };
  }

  /** How many of them some answer has shown to the process; null: all. */
  #shownOf(ids: readonly string[], by: string | null): number {
    if (by === null) return ids.length;
    const shown = this.#shown.get(by);
    return ids.filter((id) => shown?.has(id) === true).length;
  }

  #machine(machine: SimMachine, by: string | null): MachineSnapshot {
    const unseenForMs = this.#unseenForMs(machine, by);
    const { lease } = machine;
    const nowMs = this.#sim.world.engine.nowMs;
    return {
      id: machine.id,
      name: machine.name,
      group: groupOf(machine),
      state: machine.state,
      region: machine.region,
      releaseId: machine.config.metadata?.['fly_release_id'],
      isCordoned: machine.isCordoned,
      mark: markOf(machine),
      hasBlueGreenTag: machine.config.metadata?.[TAG] !== undefined,
      isHealthy: unseenForMs === null,
      isKnown: by === null || this.#shown.get(by)?.has(machine.id) === true,
      isListed: true,
      isHostOk: machine.host.status === 'ok',
      isOdd: this.#sim.faults.oddSinceMs(machine.id) !== null,
      unseenForMs: unseenForMs ?? 0,
      backAtMs: this.#hostBackAtMs.get(machine.id) ?? 0,
      leaseOwner: lease !== null && lease.expiresAtMs > nowMs ? lease.owner : null,
    };
  }
}

/** So long a transit may take before it counts as stuck; a stop has the machine's own timeout beside. */
const STUCK_AFTER_MS: Readonly<Record<string, number>> = {
  starting: 5 * 60_000,
  restarting: 5 * 60_000,
  suspending: 5 * 60_000,
  destroying: 5 * 60_000,
  replacing: 10 * 60_000,
  updating: 10 * 60_000,
  stopping: 60_000,
};

/** What a decision may count as there: all in sight, and those out of sight that are not given up yet. */
export function present(snapshot: AppSnapshot): readonly MachineSnapshot[] {
  return snapshot.members.filter(
    (m) =>
      m.mark !== 'destroy' &&
      m.isKnown &&
      (m.isHealthy ? m.backAtMs <= snapshot.firstAtMs : m.unseenForMs < UNREACHABLE_AFTER_MS),
  );
}

/** So long a look may take from the server to the decision. */
const LOOK_MS = 3000;

/** What a decision may take for healthy. */
export function healthy(snapshot: AppSnapshot): readonly MachineSnapshot[] {
  return snapshot.members.filter(
    (m) => m.mark !== 'destroy' && (m.isHealthy || (m.isHostOk && m.unseenForMs < LOOK_MS)),
  );
}

export const RUNS: ReadonlySet<string> = new Set(['started', 'starting', 'restarting']);
