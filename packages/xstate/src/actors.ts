import { newId, type Store, type Transaction } from "holdfast";
import { NotFoundError } from "holdfast/errors";
import type { Execution, ResultOptions, Status } from "holdfast/executions";
import type { EventObject, Snapshot } from "xstate";
import { type CheckedMachine, checkMachines, invalid, type Machines } from "./machines.ts";
import { queueOf } from "./queue.ts";
import { eventKind, storedActorOf } from "./stored-actor.ts";

/** An actor to create. */
export interface ActorInput {
  /** The name of its machine. */
  readonly machine: string;
  /** A new UUID by default. */
  readonly id?: string | undefined;
  /** The input of the machine. */
  readonly input?: unknown;
}

/** The options of an event. */
export interface SendOptions {
  /** Sends the event only if no other was sent than the actor has applied: the `applied` of a record that the caller has seen. */
  readonly applied?: number | undefined;
}

/** An actor as it is stored. */
export interface ActorRecord {
  readonly id: string;
  readonly machine: string;
  /** The version of the machine that wrote the snapshot; null before it ran. */
  readonly version: number | null;
  /** `waiting` while it is idle. */
  readonly status: Status;
  /** What `getPersistedSnapshot` gave, with all children; null before it ran. */
  readonly snapshot: Snapshot<unknown> | null;
  /** The number of the last event that the snapshot includes. */
  readonly applied: number;
  readonly output: unknown;
  readonly error: unknown;
}

/** The actors of a store, or of one of its transactions, wherever they run. */
export class HoldfastActors {
  readonly #store: Store | Transaction;
  readonly #machines: ReadonlyMap<string, CheckedMachine>;

  constructor(store: Store | Transaction, machines: Machines) {
    this.#store = store;
    this.#machines = checkMachines(machines);
  }

  /**
   * Creates an actor. A process that runs {@link startActors} starts it.
   *
   * @throws DuplicateError if an execution has the id.
   */
  async create({ machine, id = newId(), input }: ActorInput): Promise<string> {
    if (!this.#machines.has(machine)) {
      throw invalid("machine", `is unknown: use one of ${[...this.#machines.keys()].join(", ")}`);
    }
    await this.#store.executions.create({
      id,
      queue: queueOf(machine),
      labels: { machine },
      ...(input !== undefined && { input }),
    });
    return id;
  }

  /**
   * Sends an event, whether the actor runs or not, and returns its number. The actor receives its events in the order of their numbers,
   * each once.
   *
   * @throws NotFoundError if there is no such actor.
   * @throws ConflictError if the actor has ended, or has not applied exactly the events that the options name.
   */
  async send<Sent extends EventObject>(id: string, event: Sent, { applied }: SendOptions = {}): Promise<number> {
    if (typeof (event as Partial<EventObject> | undefined)?.type !== "string") {
      throw invalid("event.type", "must be a string: give an event, such as { type: 'PAY' }");
    }
    if (applied !== undefined && (!Number.isSafeInteger(applied) || applied < 0)) {
      throw invalid("options.applied", "must be an integer from 0: give that of the actor's record");
    }
    return this.#store.transaction(async (tx) => {
      const expected = applied !== undefined && { expectedNext: applied + 1 };
      // First, because it locks the execution: an end locks it before its history, too.
      await tx.executions.wake(id);
      const [number = 0] = await tx.history.append(id, [{ kind: eventKind, payload: event }], { ...expected });
      return number;
    });
  }

  /** An actor as it is stored, or null. */
  async get(id: string): Promise<ActorRecord | null> {
    const execution = await this.#store.executions.get(id);
    return execution && toRecord(execution);
  }

  /** @throws NotFoundError */
  async require(id: string): Promise<ActorRecord> {
    const found = await this.get(id);
    if (found) return found;
    throw new NotFoundError(`There is no actor ${id}: create it first.`, { facts: { id } });
  }

  /** Waits until the actor has ended, and returns it, or null after `timeoutMs`. Not available in a transaction. */
  async result(id: string, options?: ResultOptions): Promise<ActorRecord | null> {
    if (!("executions" in this.#store) || !("result" in this.#store.executions)) {
      throw invalid("store", "is a transaction, in which nothing can be waited for: use the store");
    }
    const execution = await this.#store.executions.result(id, options);
    return execution && toRecord(execution);
  }

  /** Stops an actor for good, wherever it runs. Returns false if it had ended, or does not exist. */
  async stop(id: string, reason?: string): Promise<boolean> {
    return this.#store.executions.cancel(id, { ...(reason !== undefined && { reason }) });
  }
}

function toRecord({ id, labels, status, state, output, error }: Execution): ActorRecord {
  const stored = storedActorOf(id, state);
  return {
    id,
    machine: String(labels["machine"]),
    version: stored?.version ?? null,
    status,
    snapshot: stored?.snapshot ?? null,
    applied: stored?.applied ?? 0,
    output,
    error,
  };
}
