/** What the API needs of the fleet it stands for. */
import type { Clock } from '../../seams/clock.js';
import type { FleetView, LiveDecisions, RecordReader } from '../../seams/views.js';
import type { Operator } from '../../seams/operator.js';
import type { FleetEvent } from '../../seams/events.js';

export interface ApiPorts {
  readonly clock: Clock;
  readonly version: string;
  readonly view: FleetView;
  readonly operator: Operator;
  /** Names of all policies: a pause for any other is refused. */
  readonly policies: () => readonly string[];
  /** False: pauses last until the process ends. */
  readonly isStateDurable: boolean;
  /** Null: none is kept. */
  readonly record: RecordReader | null;
  readonly live: LiveDecisions;
  /** Told of each order that was carried out. */
  readonly onOrder: (event: Extract<FleetEvent, { kind: 'operator' }>) => void;
  /** Told of what nobody foresaw; the client is told no more than that it happened. */
  readonly onFailure: (error: unknown) => void;
}
