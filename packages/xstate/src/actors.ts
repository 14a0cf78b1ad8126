import { newId, type Store, type Transaction } from "holdfast";
import { InvalidInputError, NotFoundError } from "holdfast/errors";
import type { Execution, ExecutionQuery, Labels, ResultOptions, Status } from "holdfast/executions";
import type { Page } from "holdfast/lists";
import type { EventObject } from "xstate";
import { checkFields, invalid } from "./input.ts";
import { type CheckedMachine, checkMachines, type Machines, type PersistedSnapshot } from "./machines.ts";
import { queueOf } from "./queue.ts";
import { eventKind, isStoredActor, storedActorOf } from "./stored-actor.ts";

/** An actor to create. */
export interface ActorInput {
  /** The name of its machine. */
  readonly machine: string;
  /** A new UUID by default. */
  readonly id?: string | undefined;
  /** The input of the machine. */
  readonly input?: unknown;
  /** By which it is found. `machine` is taken. */
  readonly labels?: Labels | undefined;
}

/** Which actors to list: a page of those of a machine, with a status and labels. */
export interface ActorQuery extends Pick<ExecutionQuery, "status" | "labels" | "after" | "limit" | "order"> {
  readonly machine: string;
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
  readonly snapshot: PersistedSnapshot | null;
  /** The number of the last event that the snapshot includes. */
  readonly applied: number;
  readonly labels: Labels;
  readonly output: unknown;
  readonly error: unknown;
}

/** The actors of a store, or of one of its transactions, wherever they run. */
export class HoldfastActors {
  readonly #store: Store | Transaction;
  readonly #machines: ReadonlyMap<string, CheckedMachine>;

  constructor(store: Store | Transaction, machines: Machines) {
    const given: Partial<Store> | undefined = store;
    if (typeof given?.transaction !== "function") throw invalid("store", "must be a store, or a transaction of one");
    this.#store = store;
    this.#machines = checkMachines(machines);
  }

  /**
   * Creates an actor. A process that runs {@link startActors} starts it.
   *
   * @throws DuplicateError if an execution has the id.
   */
  async create(actor: ActorInput): Promise<string> {
    checkFields(actor, "actor", ["machine", "id", "input", "labels"]);
    const { machine, id = newId(), input, labels = {} } = actor;
    this.#checkMachine(machine);
    if ("machine" in labels) throw invalid("labels.machine", "is taken by the machine: choose another name");
    await this.#store.executions.create({
      id,
      queue: queueOf(machine),
      labels: { ...labels, machine },
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
  async send<Sent extends EventObject>(id: string, event: Sent, options: SendOptions = {}): Promise<number> {
    checkFields(options, "options", ["applied"]);
    const { applied } = options;
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
      const entry = { kind: eventKind, payload: event };
      const [number = 0] = await tx.history.append(id, [entry], { ...expected }).catch(ofEvent);
      return number;
    });
  }

  /** An actor as it is stored; null if there is none, even if the id is that of another execution. */
  async get(id: string): Promise<ActorRecord | null> {
    const execution = await this.#store.executions.get(id);
    return execution && isActor(execution) ? toRecord(execution) : null;
  }

  /** The actors of a machine, in the order of their creation. */
  async list(query: ActorQuery): Promise<Page<ActorRecord>> {
    checkFields(query, "query", ["machine", "status", "labels", "after", "limit", "order"]);
    const { machine, labels, ...rest } = query;
    this.#checkMachine(machine);
    const page = await this.#store.executions.list({
      ...rest,
      labels: { ...labels, machine },
      queue: queueOf(machine),
    });
    return { ...page, items: page.items.map(toRecord) };
  }

  /** @throws NotFoundError */
  async require(id: string): Promise<ActorRecord> {
    const found = await this.get(id);
    if (found) return found;
    throw missing(id);
  }

  /**
   * Waits until the actor has ended, and returns it, or null after `timeoutMs`. Not available in a transaction.
   *
   * @throws NotFoundError
   */
  async result(id: string, options?: ResultOptions): Promise<ActorRecord | null> {
    const { executions } = this.#store;
    if (!("close" in this.#store) || !("result" in executions)) {
      throw invalid("store", "is a transaction, in which nothing can be waited for: use the store");
    }
    const execution = await executions.result(id, options);
    if (execution && !isActor(execution)) throw missing(id);
    return execution && toRecord(execution);
  }

  /** Stops an actor for good, wherever it runs. Returns false if it had ended, or does not exist. */
  async stop(id: string, reason?: string): Promise<boolean> {
    if (!(await this.get(id))) return false;
    return this.#store.executions.cancel(id, { ...(reason !== undefined && { reason }) });
  }

  /** Removes an actor with its events, wherever it runs. Returns false if it does not exist. */
  async remove(id: string): Promise<boolean> {
    if (!(await this.get(id))) return false;
    return this.#store.transaction(async (tx) => {
      // Its process hears at once of a cancellation.
      await tx.executions.cancel(id);
      return tx.executions.remove(id);
    });
  }

  #checkMachine(machine: string): void {
    if (this.#machines.has(machine)) return;
    throw invalid("machine", `is unknown: use one of ${[...this.#machines.keys()].join(", ")}`);
  }
}

/** What the adapter created has the name of its machine. */
function isActor({ labels, state }: Execution): boolean {
  return typeof labels["machine"] === "string" && (state === undefined || isStoredActor(state));
}

/** An event is the payload of an entry, which the caller knows nothing of. */
function ofEvent(error: unknown): never {
  const [field, place] = [error instanceof InvalidInputError ? String(error.facts["field"]) : "", "entries[0].payload"];
  if (!(error instanceof InvalidInputError) || !field.startsWith(place)) throw error;
  const { message, cause } = error;
  const facts = { field: field.replace(place, "event") };
  throw new InvalidInputError(message.replace(place, "event"), { facts, cause });
}

function missing(id: string): NotFoundError {
  return new NotFoundError(`There is no actor ${id}: create it first.`, { facts: { id } });
}

function toRecord({ id, labels, status, state, output, error }: Execution): ActorRecord {
  const stored = storedActorOf(id, state);
  const { machine, ...own } = labels;
  return {
    id,
    machine: String(machine),
    version: stored?.version ?? null,
    status,
    snapshot: stored?.snapshot ?? null,
    applied: stored?.applied ?? 0,
    labels: own,
    output,
    error,
  };
}
