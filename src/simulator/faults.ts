import type { Random } from '../seams/clock.js';
import type { Engine } from './engine.js';
import type { Route } from './exchange.js';
import type { Surface } from './event-log.js';
import type { FaultKind } from './fault-kinds.js';
import { PLATFORM } from './model.js';
import { drawOddity, ODD_ACTIONS } from './odd-answers.js';
import type { HostStatus, SimMachine } from './model.js';
import type { MachineLife } from './machine-life.js';
import type { World } from './world.js';

/** When and to which requests something goes wrong. Without a condition: to all. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Chance for each matching request; default 1. */
  readonly probability?: number;
  /** Milliseconds since the world began; the rule holds from the first until before the second. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Default: all but the apps' own metrics. */
  readonly surface?: Surface;
  /** `create-machine`, `list-machines`, `graphql`, ... */
  readonly action?: string;
  readonly app?: string;
  /** It ends after so many; default: never. */
  readonly times?: number;
  /** For `unavailable-*`; default 502 or 503, drawn. */
  readonly status?: number;
  /** For `slow`; default 5 s. */
  readonly delayMs?: number;
  /** For `silent-partial-list` of machines: the region whose machines are missing. Default: each of three in ten, drawn. */
  readonly region?: string;
}

/** A fault that strikes a request. */
export interface Strike {
  readonly kind: FaultKind;
  readonly status: number;
  readonly delayMs: number;
  /** The region that a silently partial list of machines lacks; null: machines here and there. */
  readonly region: string | null;
  /** The body of an error page is not JSON. */
  readonly isPlainText: boolean;
}

const PARTIAL_ACTIONS = new Set(['graphql', 'list-org-machines', 'prometheus-query']);
const SILENT_ACTIONS = new Set(['graphql', 'list-machines', 'list-org-machines', 'list-apps']);

/** Everything that can be made to go wrong. Its own stream of chance: other draws do not shift when a fault is added. */
export class Faults {
  /** How many struck, by kind. */
  readonly counts = new Map<FaultKind, number>();
  readonly #rules: { readonly rule: FaultRule; left: number }[] = [];
  readonly #random: Random;

  constructor(
    readonly engine: Engine,
    readonly world: World,
    readonly life: MachineLife,
  ) {
    this.#random = engine.random('faults');
  }

  /** Returns the function that takes it away again. */
  add(rule: FaultRule): () => void {
    const item = { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(item);
    return () => {
      const index = this.#rules.indexOf(item);
      if (index >= 0) this.#rules.splice(index, 1);
    };
  }

  /** Takes all rules away and heals hosts, regions, quotas and failing creates. */
  clear(): void {
    this.engine.catchUp();
    this.#rules.length = 0;
    const { conditions } = this.world;
    conditions.regionLimits.clear();
    conditions.unreadableRegions.clear();
    conditions.regionsOverQuota.clear();
    conditions.oddMachines.clear();
    conditions.createFailureRate = this.engine.config.createFailureRate;
    conditions.isVolumeHostFull = false;
    for (const org of this.world.orgs.values()) org.machineLimit = null;
    for (const hosts of this.world.hosts.values()) {
      for (const host of hosts) {
        host.isFull = false;
        if (host.status !== 'ok') this.setHostStatus(host.id, 'ok');
      }
    }
  }

  /** The first rule that strikes; rules are tried in the order in which they were added. */
  draw(route: Route): Strike | null {
    const tMs = this.engine.nowMs - this.engine.startMs;
    for (const item of this.#rules) {
      const { rule } = item;
      if (item.left <= 0 || !applies(rule, route, tMs)) continue;
      if (this.#random.next() >= (rule.probability ?? 1)) continue;
      item.left--;
      this.counts.set(rule.kind, (this.counts.get(rule.kind) ?? 0) + 1);
      return {
        kind: rule.kind,
        status: rule.status ?? (this.#random.next() < 0.5 ? 502 : 503),
        delayMs: rule.delayMs ?? 5000,
        region: rule.region ?? null,
        isPlainText: this.#random.next() < 0.5,
      };
    }
    return null;
  }

  lot(): number {
    return this.#random.next();
  }

  /** The host's machines lose their configuration in answers while it is not `ok`. `unreachable` refuses changes too. */
  setHostStatus(hostId: string, status: HostStatus): void {
    this.engine.catchUp();
    for (const hosts of this.world.hosts.values()) {
      const host = hosts.find(({ id }) => id === hostId);
      if (host !== undefined) host.status = status;
    }
    for (const app of this.world.apps.values()) {
      for (const machine of app.machines.values()) {
        if (machine.host.id !== hostId) continue;
        machine.revision++;
        this.world.record('host', app.name, machine.id, PLATFORM, { status });
      }
    }
  }

  setHostFull(hostId: string, isFull: boolean): void {
    for (const hosts of this.world.hosts.values()) {
      for (const host of hosts) if (host.id === hostId) host.isFull = isFull;
    }
  }

  /** Most machines that the region holds; null: no limit. */
  setRegionLimit(region: string, machines: number | null): void {
    if (machines === null) this.world.conditions.regionLimits.delete(region);
    else this.world.conditions.regionLimits.set(region, machines);
  }

  /** The organization uses more memory there than it is allowed: creates answer 403, those of volumes 400. */
  setRegionQuota(region: string, isOver: boolean): void {
    const { regionsOverQuota } = this.world.conditions;
    if (isOver) regionsOverQuota.add(region);
    else regionsOverQuota.delete(region);
  }

  /** From now on one field of the machine, drawn, cannot be read in its app's list nor by itself. */
  setOdd(machine: SimMachine, isOdd: boolean): void {
    const { oddMachines } = this.world.conditions;
    const oddity = drawOddity(() => this.lot());
    if (isOdd) oddMachines.set(machine.id, { ...oddity, sinceMs: this.engine.nowMs });
    else oddMachines.delete(machine.id);
  }

  /** Since when the machine is odd, by the world's clock; null: it is not. */
  oddSinceMs(machineId: string): number | null {
    return this.world.conditions.oddMachines.get(machineId)?.sinceMs ?? null;
  }

  /** The organization's list names it in `error_regions` and lacks its machines. */
  setRegionUnreadable(region: string, isUnreadable: boolean): void {
    if (isUnreadable) this.world.conditions.unreadableRegions.add(region);
    else this.world.conditions.unreadableRegions.delete(region);
  }

  /** Most machines of the organization; null: no limit. */
  setOrgLimit(orgSlug: string, machines: number | null): void {
    const org = this.world.orgs.get(orgSlug);
    if (org !== undefined) org.machineLimit = machines;
  }

  /** Chance that a new machine fails instead of starting: it stays as `failed`, or vanishes. */
  setCreateFailures(rate: number, outcome: 'failed' | 'vanishes' = 'failed'): void {
    this.world.conditions.createFailureRate = rate;
    this.world.conditions.createFailure = outcome;
  }

  /** Creates with a mount are refused for lack of room. */
  setVolumeHostsFull(isFull: boolean): void {
    this.world.conditions.isVolumeHostFull = isFull;
  }

  /** The process of a started machine ends by itself. */
  crash(machine: SimMachine, exit: { readonly exitCode: number; readonly isOom?: boolean }): void {
    this.engine.catchUp();
    this.life.crash(machine, exit, PLATFORM);
  }
}

function applies(rule: FaultRule, route: Route, tMs: number): boolean {
  if (tMs < (rule.fromMs ?? 0) || tMs >= (rule.untilMs ?? Number.POSITIVE_INFINITY)) return false;
  if (rule.surface === undefined ? route.surface === 'metrics' : rule.surface !== route.surface) {
    return false;
  }
  if (rule.action !== undefined && rule.action !== route.action) return false;
  if (rule.app !== undefined && rule.app !== route.app) return false;
  if (rule.kind === 'partial-list') return PARTIAL_ACTIONS.has(route.action);
  if (rule.kind === 'odd-entry') return ODD_ACTIONS.has(route.action);
  // What stands before the Machines API.
  if (rule.kind === 'gateway-page') return route.surface === 'machines';
  if (rule.kind === 'silent-partial-list') return SILENT_ACTIONS.has(route.action);
  if (rule.kind === 'empty-result' || rule.kind === 'nan-result') {
    return route.action === 'prometheus-query';
  }
  return true;
}
