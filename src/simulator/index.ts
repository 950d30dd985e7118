/** A local Fly: see docs/simulator.md. */
export { createSimulator } from './simulator.js';
export type { Simulator, SimulatorOptions } from './simulator.js';
export { DEFAULT_CONFIG } from './settings.js';
export type {
  Delays,
  PrometheusSettings,
  RangeMs,
  SimulatorConfig,
  SimulatorSettings,
  TokenGrant,
} from './settings.js';
export type { AppOptions, MachineOptions, WorldControl } from './world-control.js';
export type { Faults, FaultRule } from './faults.js';
export { FAULT_KINDS } from './fault-kinds.js';
export type { FaultKind } from './fault-kinds.js';
export type {
  EffectEntry,
  EffectKind,
  LeaseStanding,
  LogEntry,
  RequestEntry,
  StateEntry,
  Surface,
} from './event-log.js';
export type {
  HostStatus,
  ReleaseStatus,
  SimApp,
  SimConfig,
  SimHost,
  SimLease,
  SimMachine,
  SimOrg,
  SimRelease,
  SimState,
  SimVolume,
} from './model.js';
export { stopTimeoutMs } from './stop-timeout.js';
export { loadAt } from './workloads.js';
export type { LoadShape } from './workloads.js';
export type { DeployOptions, Deploy, Deploys } from './deploys.js';
export { startServer } from './server.js';
export type { RunningServer } from './server.js';
export { demoWorld } from './demo-world.js';
