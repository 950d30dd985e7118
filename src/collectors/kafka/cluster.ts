/** One connection to each broker of a Kafka cluster that is needed, however many collectors and apps use it. */
import type { Socket } from 'node:net';
import { abortable, type Clock } from '../../seams/clock.js';
import { Lines, type Line } from '../shared/pacing/lines.js';
import { ConnectionLost, openBroker, type Broker, type BrokerOptions } from './broker.js';
import {
  BROKER_NOT_AVAILABLE,
  COORDINATOR_LOADING,
  COORDINATOR_NOT_AVAILABLE,
  KafkaError,
  LEADER_NOT_AVAILABLE,
  NOT_COORDINATOR,
  NOT_LEADER,
  UNSUPPORTED_VERSION,
} from './failure.js';
import { indexOffsets } from './lag.js';
import {
  findCoordinators,
  listOffsets,
  metadata,
  offsetFetch,
  type Call,
  type EARLIEST,
  type GroupOffsets,
  type LATEST,
  type PartitionOffset,
  type Topic,
} from './messages.js';

export interface KafkaServer extends BrokerOptions {
  /** host:port, any of the cluster. */
  readonly addresses: readonly string[];
}

/** Everything rejects with what `openBroker` and `Broker.send` do, or with the signal's reason. */
export interface KafkaCluster {
  /** One request. Null: all topics. */
  topics(names: readonly string[] | null, signal: AbortSignal): Promise<readonly Topic[]>;
  /** One request to each broker that leads some of the partitions; more while their leaders change. */
  offsets(
    topics: readonly Topic[],
    at: typeof LATEST | typeof EARLIEST,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<readonly PartitionOffset[]>;
  /** One request to each broker that coordinates some of the groups, and one to find those that are not known yet. */
  committed(
    groups: readonly string[],
    clock: Clock,
    signal: AbortSignal,
  ): Promise<readonly GroupOffsets[]>;
}

const clusters = new Lines<Connections>();

/** Opens nothing yet. One that is given up for another tries another broker first. */
export function openCluster(server: KafkaServer): Line<KafkaCluster> {
  return clusters.join(JSON.stringify(server), {
    open: (_, number) => new Connections(server, number),
    end: (connections) => connections.end(),
  });
}

/** An election takes no longer; a partition that stays without a leader must not hold up the others. */
const LEADER_RETRIES = 6;
const LEADER_RETRY_MS = 250;

const LEADERLESS: ReadonlySet<number> = new Set([LEADER_NOT_AVAILABLE, NOT_LEADER]);

/** A new broker makes the topic of offsets at the first question for a group: that takes some of these. */
const COORDINATOR_RETRY_MS = 250;

const PASSING: ReadonlySet<number> = new Set([
  COORDINATOR_LOADING,
  COORDINATOR_NOT_AVAILABLE,
  NOT_COORDINATOR,
]);

class Connections implements KafkaCluster {
  /** By address. */
  readonly #brokers = new Map<string, Promise<Broker>>();
  readonly #sockets = new Set<Socket>();
  /** Address by the number of the node, as last heard. */
  readonly #nodes = new Map<number, string>();
  /** Node by group. */
  readonly #coordinators = new Map<string, number>();

  /** `firstAddress`: which of the addresses is tried first. */
  constructor(
    readonly server: KafkaServer,
    readonly firstAddress: number,
  ) {}

  async topics(names: readonly string[] | null, signal: AbortSignal): Promise<readonly Topic[]> {
    const answer = await this.#sendToAny(metadata(names), signal);
    // A broker that has just started knows nobody, itself neither, and says of every topic that there is none.
    if (answer.nodes.length === 0) throw new KafkaError(BROKER_NOT_AVAILABLE, '');
    for (const { id, address } of answer.nodes) this.#nodes.set(id, address);
    return answer.topics;
  }

  async offsets(
    topics: readonly Topic[],
    at: typeof LATEST | typeof EARLIEST,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<readonly PartitionOffset[]> {
    const done: PartitionOffset[] = [];
    let open = topics;
    for (let tries = 0; ; tries += 1) {
      const answers = await this.#offsetsOnce(open, at, signal);
      const isPassing = (answer: PartitionOffset): boolean =>
        tries < LEADER_RETRIES && LEADERLESS.has(answer.errorCode);
      done.push(...answers.filter((answer) => !isPassing(answer)));
      const again = indexOffsets(answers.filter(isPassing));
      if (again.size === 0) return done;
      await clock.sleep(LEADER_RETRY_MS, signal);
      const fresh = await this.topics([...again.keys()], signal);
      open = fresh.map((topic) => ({
        ...topic,
        partitions: topic.partitions.filter(({ index }) => again.get(topic.name)?.has(index)),
      }));
    }
  }

  async #offsetsOnce(
    topics: readonly Topic[],
    at: typeof LATEST | typeof EARLIEST,
    signal: AbortSignal,
  ): Promise<readonly PartitionOffset[]> {
    const byLeader = new Map<number, Map<string, number[]>>();
    const leaderless: PartitionOffset[] = [];
    for (const { name, partitions } of topics) {
      for (const { index, leaderId } of partitions) {
        if (!this.#nodes.has(leaderId)) {
          const none = { offset: -1, errorCode: LEADER_NOT_AVAILABLE };
          leaderless.push({ topic: name, partition: index, ...none });
          continue;
        }
        const led = byLeader.get(leaderId) ?? new Map<string, number[]>();
        byLeader.set(leaderId, led);
        led.set(name, [...(led.get(name) ?? []), index]);
      }
    }
    const answers = await Promise.all(
      [...byLeader].map(([node, led]) => this.#sendToNode(node, listOffsets(led, at), signal)),
    );
    return [...leaderless, ...answers.flat()];
  }

  async committed(
    groups: readonly string[],
    clock: Clock,
    signal: AbortSignal,
  ): Promise<readonly GroupOffsets[]> {
    const done: GroupOffsets[] = [];
    let open = groups;
    for (;;) {
      const answers = await this.#committedOnce(open, signal);
      done.push(...answers.filter(({ errorCode }) => !PASSING.has(errorCode)));
      open = answers.filter(({ errorCode }) => PASSING.has(errorCode)).map(({ group }) => group);
      if (open.length === 0) return done;
      for (const group of open) this.#coordinators.delete(group);
      await clock.sleep(COORDINATOR_RETRY_MS, signal);
    }
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #committedOnce(
    groups: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly GroupOffsets[]> {
    const refused = await this.#findCoordinators(groups, signal);
    const byNode = new Map<number, string[]>();
    for (const group of groups) {
      const node = this.#coordinators.get(group);
      if (node !== undefined) byNode.set(node, [...(byNode.get(node) ?? []), group]);
    }
    const answers = await Promise.all(
      [...byNode].map(([node, its]) => this.#sendToNode(node, offsetFetch(its), signal)),
    );
    return [...refused, ...answers.flat()];
  }

  /** The groups whose coordinator cannot be found. */
  async #findCoordinators(
    groups: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly GroupOffsets[]> {
    const unknown = groups.filter((group) => !this.#coordinators.has(group));
    if (unknown.length === 0) return [];
    const found = await this.#sendToAny(findCoordinators(unknown), signal);
    for (const { group, node, errorCode } of found) {
      if (errorCode !== 0) continue;
      this.#nodes.set(node.id, node.address);
      this.#coordinators.set(group, node.id);
    }
    return found
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ group, errorCode }) => ({ group, errorCode, offsets: [] }));
  }

  /** To a broker that is connected already; otherwise to the first that answers. */
  async #sendToAny<T>(call: Call<T>, signal: AbortSignal): Promise<T> {
    const [known] = this.#brokers.keys();
    if (known !== undefined) return this.#send(known, call, signal);
    const { addresses } = this.server;
    const start = this.firstAddress % addresses.length;
    const inTurn = [...addresses.slice(start), ...addresses.slice(0, start)];
    for (const [index, address] of inTurn.entries()) {
      try {
        return await this.#send(address, call, signal);
      } catch (error) {
        const isLast = index === inTurn.length - 1;
        if (isLast || signal.aborted || !(error instanceof ConnectionLost)) throw error;
      }
    }
    throw new ConnectionLost('there is no address');
  }

  #sendToNode<T>(node: number, call: Call<T>, signal: AbortSignal): Promise<T> {
    const address = this.#nodes.get(node);
    if (address === undefined) throw new ConnectionLost(`node ${node} has no address`);
    return this.#send(address, call, signal);
  }

  /** Once more when the connection was there before: brokers close idle ones, and those whose login is too old. */
  async #send<T>(address: string, call: Call<T>, signal: AbortSignal): Promise<T> {
    const known = this.#brokers.get(address);
    if (known === undefined) return this.#exchange(this.#open(address), call, signal);
    try {
      return await this.#exchange(known, call, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof ConnectionLost)) throw error;
      return this.#exchange(this.#brokers.get(address) ?? this.#open(address), call, signal);
    }
  }

  async #exchange<T>(opening: Promise<Broker>, call: Call<T>, signal: AbortSignal): Promise<T> {
    const broker = await abortable(signal, opening);
    if (broker.newestOf(call.api) < call.version) throw new KafkaError(UNSUPPORTED_VERSION, '');
    return abortable(signal, broker.send(call));
  }

  #open(address: string): Promise<Broker> {
    let own: Socket | null = null;
    const opening = openBroker(
      address,
      this.server,
      (socket) => {
        own = socket;
        this.#sockets.add(socket);
      },
      () => {
        if (own !== null) this.#sockets.delete(own);
        // It may be gone before anybody knew it.
        queueMicrotask(() => {
          if (this.#brokers.get(address) === opening) this.#brokers.delete(address);
        });
      },
    );
    this.#brokers.set(address, opening);
    // Whoever sends hears of it; nobody may be left by then.
    opening.catch(() => {
      if (this.#brokers.get(address) === opening) this.#brokers.delete(address);
    });
    return opening;
  }
}
