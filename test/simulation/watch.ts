/** Sees everything that happens in a run and puts it before the checks. */
import type { HttpRequest, HttpResponse } from '../../src/seams/http.js';
import type { EffectEntry, LogEntry, SimMachine, Simulator } from '../../src/simulator/index.js';
import type { FakeClock } from '../../src/testing/fake-clock.js';
import { AGENT_PREFIX, type Autoscaler } from './autoscaler.js';
import type { Autoscalers } from './autoscalers.js';
import { BusyReadings } from './busy-readings.js';
import { CHECKS } from './checks.js';
import { facesOf, type AppPlan, type FleetPlan } from './fleet-plan.js';
import type { Check, Forbidden, Ground, OwnEffect, Told } from './invariant.js';
import { Readings } from './readings.js';
import { staleApps } from './stale-apps.js';
import { Releases } from './releases.js';
import { groupOf, Snapshots, type AppSnapshot } from './snapshots.js';
import type { Tap } from './wire.js';
import type { FleetEvent, PassReport } from '../../src/seams/events.js';
import type { Trap } from './stage.js';

/** An app's own list. */
const OWN_LIST = /\/apps\/([^/]+)\/machines(\?|$)/;
const MACHINES = /\/machines\b/;
const RESTART_AFTER_MS = 3000;
/** Longer than any pass. */
const KEPT_MS = 5 * 60_000;

export class Watch implements Ground {
  readonly violations: string[] = [];
  readonly readings: Readings;
  readonly busy = new BusyReadings();
  readonly releases = new Releases();
  readonly snapshots: Snapshots;
  readonly lies = new Map<string, number>();
  readonly pauses: Told[] = [];
  /** Each springs once, at a request that fits. */
  readonly traps = new Set<Trap>();
  readonly actions = new Map<string, number>();
  #hash = 0x811c9dc5;
  requests = 0;
  passes = 0;
  #autoscalers: Autoscalers | null = null;
  readonly #plans: ReadonlyMap<string, AppPlan>;
  readonly #checks: readonly Check[];
  /** Process and app -> the machine whose lease it holds for the app. */
  readonly #leases = new Map<string, string>();
  /** Process and app -> the app as its last list under that lease showed it to each of its policies. */
  readonly #lists = new Map<string, ReadonlyMap<AppPlan, AppSnapshot | null>>();

  readonly #deeds = new Map<string, OwnEffect[]>();

  constructor(
    readonly sim: Simulator,
    readonly clock: FakeClock,
    readonly plan: FleetPlan,
  ) {
    this.#plans = new Map(plan.apps.map((app) => [app.name, app]));
    this.readings = new Readings((metric) => staleApps(sim, metric));
    this.snapshots = new Snapshots(sim, () => this.#platformMs);
    this.#checks = CHECKS.map((create) => create(this));
    sim.subscribe((entry) => this.#onEntry(entry));
  }

  get autoscalers(): Autoscalers {
    if (this.#autoscalers === null) throw new Error('not started yet');
    return this.#autoscalers;
  }

  set autoscalers(autoscalers: Autoscalers) {
    this.#autoscalers = autoscalers;
  }

  planOf(app: string): AppPlan | null {
    return this.#plans.get(app) ?? null;
  }

  deedsOf(app: string): readonly OwnEffect[] {
    return this.#deeds.get(app) ?? [];
  }

  fail(rule: string, detail: string): void {
    const second = (this.clock.elapsedMs() / 1000).toFixed(3);
    this.violations.push(`[${rule}] at ${second} s: ${detail}`);
  }

  notePause(app: string, mode: Forbidden): () => void {
    const order = { app, policy: null, mode, count: null, reason: '', untilMs: null };
    const pause = async ({ name, operator }: Autoscaler): Promise<void> => {
      await operator.pause(order);
      const sinceMs = this.clock.elapsedMs();
      this.pauses.push({ by: name, app, mode, sinceMs, untilMs: Number.POSITIVE_INFINITY });
    };
    for (const process of this.autoscalers.alive) void pause(process);
    return () => {
      // All of the app, as resuming does.
      const nowMs = this.clock.elapsedMs();
      for (const each of this.pauses) {
        if (each.app === app) each.untilMs = Math.min(each.untilMs, nowMs);
      }
      for (const { operator } of this.autoscalers.alive) void operator.resume(app, null);
    };
  }

  tapOf(name: string): Tap {
    return {
      sent: (request) => {
        this.requests += 1;
        this.#spring(name, request, true);
        if (this.#isKilled(name)) return;
        for (const check of this.#checks) check.onSending?.(request, name);
      },
      received: (request, response) => {
        this.#spring(name, request, false);
        if (this.#isKilled(name)) return;
        this.#learn(name, request, response);
      },
      failed: (request) => this.#learn(name, request, null),
    };
  }

  onStart(process: Autoscaler): void {
    for (const check of this.#checks) check.onStart?.(process);
  }

  onReport(by: string, report: PassReport): void {
    this.passes += 1;
    this.sim.catchUp();
    for (const check of this.#checks) check.onReport?.(by, report);
  }

  onFleet(by: string, event: FleetEvent): void {
    if (event.kind === 'clock-jumped') this.snapshots.forgetSeen(by);
    for (const check of this.#checks) check.onFleet?.(by, event);
  }

  onCalm(): void {
    for (const check of this.#checks) check.onCalm?.();
  }

  get neededUntilMs(): number {
    return Math.max(0, ...this.#checks.map((check) => check.neededUntilMs?.() ?? 0));
  }

  onEnd(): void {
    for (const check of this.#checks) check.onEnd?.();
  }

  /** The time of what is happening on the platform, on the monotonic clock. */
  get #platformMs(): number {
    const { engine } = this.sim.world;
    return engine.nowMs - engine.startMs;
  }

  #isKilled(name: string): boolean {
    return this.autoscalers.get(name)?.isKilled === true;
  }

  #spring(name: string, { method, url }: HttpRequest, isBefore: boolean): void {
    const process = this.autoscalers.get(name);
    if (process === undefined) return;
    for (const trap of this.traps) {
      if (process.isKilled || trap.isBefore !== isBefore || !trap.fits(method, url)) continue;
      this.traps.delete(trap);
      trap.spring(process, url);
      if (process.isKilled) void this.#restart();
    }
  }

  async #restart(): Promise<void> {
    await this.clock.sleep(RESTART_AFTER_MS);
    if (this.autoscalers.alive.length === 0) this.autoscalers.start();
  }

  #learn(by: string, request: HttpRequest, response: HttpResponse | null): void {
    const nowMs = this.clock.elapsedMs();
    if (response !== null && MACHINES.test(request.url)) this.#noteShown(by, request, response);
    if (request.url.endsWith('/graphql')) this.releases.note(by, request, response, nowMs);
    else {
      this.readings.note(by, request, response, nowMs);
      this.busy.note(by, request, response, nowMs);
    }
  }

  #noteShown(by: string, { method, url }: HttpRequest, { body }: HttpResponse): void {
    this.snapshots.noteShown(by, body);
    const app = OWN_LIST.exec(url)?.[1];
    const key = `${by} ${app}`;
    const lists = this.#lists.get(key);
    if (method === 'GET' && app !== undefined) this.snapshots.noteList(by, app, body);
    if (method !== 'GET' || lists === undefined) return;
    const known = [...lists].map(
      ([face, seen]) => [face, seen && this.snapshots.known(seen, by, body)] as const,
    );
    this.#lists.set(key, new Map(known));
  }

  get digest(): string {
    return (this.#hash >>> 0).toString(16);
  }

  #onEntry(entry: LogEntry): void {
    this.#digest(`${entry.kind} ${entry.atMs} ${entry.app ?? ''} ${entry.machine ?? ''}`);
    if (entry.kind === 'state') {
      this.snapshots.noteState(entry.machine, this.#platformMs);
      return;
    }
    if (entry.kind === 'effect' && entry.effect === 'host' && entry.machine !== null) {
      this.snapshots.noteHost(entry.app, entry.machine, entry.detail['status'], this.#platformMs);
    }
    if (!entry.userAgent.startsWith(AGENT_PREFIX)) return;
    const by = entry.userAgent.slice(AGENT_PREFIX.length);
    if (entry.kind === 'effect') {
      this.#onOwnEffect(entry, by);
      return;
    }
    const isAnswered = entry.status === 200 && !entry.isAnswerLost;
    if (entry.action === 'list-machines' && entry.app !== null && isAnswered) {
      this.#onList(by, entry.app);
    }
    for (const check of this.#checks) check.onOwnRequest?.(entry, by);
  }

  /** FNV-1a, as good as any for telling two runs apart. */
  #digest(text: string): void {
    for (let i = 0; i < text.length; i += 1) {
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(i), 0x01000193);
    }
  }

  /** Only what was listed under the lease may decide. */
  #onList(by: string, app: string): void {
    this.snapshots.noteSeen(by, app);
    const key = `${by} ${app}`;
    const plan = this.planOf(app);
    if (plan === null || !this.#leases.has(key)) return;
    const earlier = this.#lists.get(key);
    const seen = facesOf(plan).map((face) => {
      const firstAtMs = earlier?.get(face)?.firstAtMs ?? this.#platformMs;
      return [face, this.snapshots.take(face, by, firstAtMs)] as const;
    });
    this.#lists.set(key, new Map(seen));
  }

  #onOwnEffect(entry: EffectEntry, by: string): void {
    const key = `${by} ${entry.app}`;
    const { machine } = entry;
    switch (entry.effect) {
      case 'lease':
        // A create brings a lease of its own, which is not the app's.
        if (machine !== null && entry.detail['description'] !== '') {
          this.#leases.set(key, machine);
          this.#lists.delete(key);
        }
        return;
      case 'lease-release':
        if (this.#leases.get(key) === machine) this.#leases.delete(key);
        return;
      case 'lease-refresh':
        return;
      default:
        break;
    }
    this.actions.set(entry.effect, (this.actions.get(entry.effect) ?? 0) + 1);
    const app = this.sim.world.state.apps.get(entry.app);
    const about = machine === null ? undefined : app?.machines.get(machine);
    const plan = this.#faceOf(entry.app, about);
    const effect: OwnEffect = {
      entry,
      by,
      plan,
      machine: about,
      snapshot: (plan && this.#lists.get(key)?.get(plan)) ?? null,
      atMs: this.#platformMs,
    };
    this.#remember(effect);
    for (const check of this.#checks) check.onOwnEffect?.(effect);
  }

  /** The app as the policy sees it that the machine is of; a new volume is for the one that makes volumes. */
  #faceOf(app: string, machine: SimMachine | undefined): AppPlan | null {
    const plan = this.planOf(app);
    if (plan === null) return null;
    const group = machine === undefined ? null : groupOf(machine);
    const face = facesOf(plan).find(({ profile }) =>
      group === null
        ? profile?.volumes === 'create'
        : profile?.group.kind === 'named' && profile.group.name === group,
    );
    return face ?? plan;
  }

  #remember(effect: OwnEffect): void {
    const deeds = this.#deeds.get(effect.entry.app) ?? [];
    deeds.push(effect);
    const old = deeds.findIndex(({ atMs }) => effect.atMs - atMs < KEPT_MS);
    if (old > 50) deeds.splice(0, old);
    this.#deeds.set(effect.entry.app, deeds);
  }
}
