import type { ModelMessage } from "ai";
import { newId, type Store, type Transaction } from "holdfast";
import { ConflictError, InvalidInputError, NotFoundError } from "holdfast/errors";
import type { Execution, ResultOptions, Status } from "holdfast/executions";
import { type Answer, answerKey, conversationOf, missingOf, type PendingAnswer } from "./conversation.ts";
import { toJson } from "./json.ts";

/** A run to start. */
export interface AgentStart {
  /** The queue of the agent. */
  readonly queue: string;
  /** A new UUID by default. */
  readonly id?: string | undefined;
  /** What the user says. Give it, or `messages`. */
  readonly prompt?: string | undefined;
  readonly messages?: readonly ModelMessage[] | undefined;
  /** What the handler gets as `run.context`, such as who asks. */
  readonly context?: unknown;
  /** How many times the run may fail or lose its process between two waits, as for all executions. */
  readonly maxAttempts?: number | undefined;
}

/** The answer to a request for approval. */
export interface Approval {
  readonly approved: boolean;
  /** For the model. */
  readonly reason?: string | undefined;
}

/** A run as it is stored. */
export interface AgentRecord {
  readonly id: string;
  /** `waiting` while people are asked. */
  readonly status: Status;
  /** The conversation up to the end of the last turn. */
  readonly messages: readonly ModelMessage[];
  /** What people have not answered yet. */
  readonly pending: readonly PendingAnswer[];
  readonly output: unknown;
  readonly error: unknown;
}

/** The runs of agents in a store, or in one of its transactions. */
export class AgentRuns {
  readonly #store: Store | Transaction;

  constructor(store: Store | Transaction) {
    this.#store = store;
  }

  /**
   * Starts a run and returns its id. A worker whose queue is an {@link agent} takes it.
   *
   * @throws DuplicateError if an execution has the id.
   */
  async start({ queue, id = newId(), prompt, messages, context, maxAttempts }: AgentStart): Promise<string> {
    if ((prompt === undefined) === (messages === undefined)) throw invalid("prompt", "or messages: give one of them");
    if (messages !== undefined && (!Array.isArray(messages) || messages.length === 0)) {
      throw invalid("messages", "must be an array of at least one message");
    }
    // The steps of a run have its id in theirs.
    if (Buffer.byteLength(id) > idBytesMax) throw invalid("id", `has more than ${idBytesMax} bytes: shorten it`);
    const said = messages ?? [{ role: "user", content: prompt }];
    const input = { messages: toJson(said), ...(context !== undefined && { context }) };
    await this.#store.executions.create({ id, queue, input, ...(maxAttempts !== undefined && { maxAttempts }) });
    return id;
  }

  /**
   * Answers a request for approval. The first answer counts.
   *
   * @throws NotFoundError if there is no such run.
   * @throws ConflictError if the run does not wait for this approval, or has it already.
   */
  async approve(id: string, approvalId: string, { approved, reason }: Approval): Promise<void> {
    if (typeof approved !== "boolean") throw invalid("approval.approved", "must be true or false");
    await this.#answer(id, approvalId, "approval", { approved, ...(reason !== undefined && { reason }) });
  }

  /**
   * Gives the output of a tool without `execute`, which a person or another system runs. The first answer counts.
   *
   * @throws NotFoundError if there is no such run.
   * @throws ConflictError if the run does not wait for this output, or has it already.
   */
  async answer(id: string, toolCallId: string, output: unknown): Promise<void> {
    if (output === undefined) throw invalid("output", "is missing: give a value, or null");
    await this.#answer(id, toolCallId, "output", { output });
  }

  /** A run as it is stored, or null. */
  async get(id: string): Promise<AgentRecord | null> {
    const execution = await this.#store.executions.get(id);
    return execution && toRecord(execution);
  }

  /** Waits until the run has ended, and returns it, or null after `timeoutMs`. Not available in a transaction. */
  async result(id: string, options?: ResultOptions): Promise<AgentRecord | null> {
    if (!("result" in this.#store.executions)) {
      throw invalid("store", "is a transaction, in which nothing can be waited for: use the store");
    }
    const execution = await this.#store.executions.result(id, options);
    return execution && toRecord(execution);
  }

  /** Cancels a run, wherever it runs. Returns false if it had ended, or does not exist. */
  async cancel(id: string, reason?: string): Promise<boolean> {
    return this.#store.executions.cancel(id, { ...(reason !== undefined && { reason }) });
  }

  async #answer(id: string, pendingId: string, kind: PendingAnswer["kind"], payload: Answer): Promise<void> {
    const execution = await this.#store.executions.get(id);
    if (!execution) throw new NotFoundError(`There is no run ${id}: start it first.`, { facts: { id } });
    const conversation = conversationOf(id, execution.state);
    const pending = conversation && missingOf(conversation).find((each) => each.id === pendingId && each.kind === kind);
    if (!conversation || !pending || execution.status !== "waiting") throw notPending(id, pendingId);
    const key = answerKey(id, conversation.turn, pendingId);
    const { outcome } = await this.#store.correlations.deliver({ key, payload, dedupeId: "answer" });
    if (outcome === "duplicate") throw notPending(id, pendingId);
  }
}

const idBytesMax = 150;

interface RunInput {
  readonly messages: readonly ModelMessage[];
  readonly context?: unknown;
}

/** What a run was started with. */
export function inputOf(id: string, input: unknown): RunInput {
  const { messages } = (input ?? {}) as Partial<RunInput>;
  // What `start` wrote.
  if (Array.isArray(messages)) return input as RunInput;
  throw invalid("input", `of ${id} has no messages: start it by AgentRuns`);
}

function toRecord({ id, status, input, state, output, error }: Execution): AgentRecord {
  const conversation = conversationOf(id, state);
  const messages = conversation?.messages ?? inputOf(id, input).messages;
  return { id, status, messages, pending: conversation ? missingOf(conversation) : [], output, error };
}

function notPending(id: string, pendingId: string): ConflictError {
  return new ConflictError(`${id} does not wait for ${pendingId}: read what is pending.`, {
    facts: { id, pending: pendingId },
  });
}

function invalid(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`${field} ${what}.`, { facts: { field } });
}
