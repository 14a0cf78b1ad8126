import { type ModelMessage, modelMessageSchema } from "ai";
import { newId, type Store, type Transaction } from "holdfast";
import { ConflictError, NotFoundError } from "holdfast/errors";
import type { Execution, Labels, ResultOptions, Status } from "holdfast/executions";
import { type Answer, answerKey, conversationOf, missingOf, type PendingAnswer } from "./conversation.ts";
import { checkFields, invalid } from "./input.ts";
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
  /** For `executions.list` and the console. */
  readonly labels?: Labels | undefined;
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
  /** What people have not answered. An answer counts at once, but is listed here until a worker has taken it. */
  readonly pending: readonly PendingAnswer[];
  readonly output: unknown;
  readonly error: unknown;
  /** Its `modelCalls`, `inputTokens` and `outputTokens`. Only stored answers count. */
  readonly usage: Readonly<Record<string, number>>;
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
  async start(start: AgentStart): Promise<string> {
    checkFields(start, "start", startFields);
    const { queue, id = newId(), prompt, messages, context, ...options } = start;
    if ((prompt === undefined) === (messages === undefined)) throw invalid("prompt", "or messages: give one of them");
    if (messages === undefined && typeof prompt !== "string") throw invalid("prompt", "must be a string");
    if (typeof queue !== "string") throw invalid("queue", "must be a string: name the queue of an agent");
    if (typeof id !== "string") throw invalid("id", "must be a string");
    // The steps of a run have its id in theirs.
    if (Buffer.byteLength(id) > idBytesMax) throw invalid("id", `has more than ${idBytesMax} bytes: shorten it`);
    if (messages !== undefined) checkMessages(messages);
    const said = messages ?? [{ role: "user", content: prompt }];
    const input = { messages: toJson(said), ...(context !== undefined && { context }) };
    await this.#store.executions.create({ ...options, id, queue, input });
    return id;
  }

  /**
   * Answers a request for approval. The first answer counts.
   *
   * @throws NotFoundError if there is no such run.
   * @throws ConflictError if the run does not wait for this approval, or has it already.
   */
  async approve(id: string, approvalId: string, approval: Approval): Promise<void> {
    checkFields(approval, "approval", ["approved", "reason"]);
    const { approved, reason } = approval;
    if (typeof approved !== "boolean") throw invalid("approval.approved", "must be true or false");
    if (reason !== undefined && typeof reason !== "string") throw invalid("approval.reason", "must be a string");
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
    await this.#answer(id, toolCallId, "output", { output: toJson(output) });
  }

  /** A run as it is stored; null if there is none, even if the id is that of another execution. */
  async get(id: string): Promise<AgentRecord | null> {
    const execution = await this.#store.executions.get(id);
    return execution && isRun(execution) ? toRecord(execution) : null;
  }

  /**
   * Waits until the run has ended, and returns it, or null after `timeoutMs`. Not available in a transaction.
   *
   * @throws NotFoundError
   */
  async result(id: string, options?: ResultOptions): Promise<AgentRecord | null> {
    const { executions } = this.#store;
    if (!("close" in this.#store) || !("result" in executions)) {
      throw invalid("store", "is a transaction, in which nothing can be waited for: use the store");
    }
    const execution = await executions.result(id, options);
    if (execution && !isRun(execution)) throw missing(id);
    return execution && toRecord(execution);
  }

  /** Cancels a run, wherever it runs. Returns false if it had ended, or does not exist. */
  async cancel(id: string, reason?: string): Promise<boolean> {
    const run = await this.get(id);
    if (!run) return false;
    return this.#store.executions.cancel(id, { ...(reason !== undefined && { reason }) });
  }

  async #answer(id: string, pendingId: string, kind: PendingAnswer["kind"], payload: Answer): Promise<void> {
    const execution = await this.#store.executions.get(id);
    if (!execution || !isRun(execution)) throw missing(id);
    const conversation = conversationOf(id, execution.state);
    const pending = conversation && missingOf(conversation).find((each) => each.id === pendingId && each.kind === kind);
    if (!conversation || !pending || execution.status !== "waiting") throw notPending(id, pendingId);
    const key = answerKey(id, conversation.turn, pendingId);
    const { outcome } = await this.#store.correlations.deliver({ key, payload, dedupeId: "answer" });
    if (outcome === "duplicate") throw notPending(id, pendingId);
  }
}

const idBytesMax = 150;

const startFields = [
  "queue",
  "id",
  "prompt",
  "messages",
  "context",
  "labels",
  "maxAttempts",
] as const satisfies readonly (keyof AgentStart)[];

interface RunInput {
  readonly messages: readonly ModelMessage[];
  readonly context?: unknown;
}

/** What a run was started with. */
export function inputOf(id: string, input: unknown): RunInput {
  // What `start` wrote.
  if (isRun({ input })) return input as RunInput;
  throw invalid("input", `of ${id} has no messages: start it by AgentRuns`);
}

function isRun({ input }: { readonly input: unknown }): boolean {
  return Array.isArray((input as Partial<RunInput> | null | undefined)?.messages);
}

function checkMessages(messages: readonly ModelMessage[]): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid("messages", "must be an array of at least one message");
  }
  for (const [i, message] of messages.entries()) {
    if (modelMessageSchema.safeParse(message).success) continue;
    throw invalid(`messages[${i}]`, "must be a message of the AI SDK: a role, and the content that goes with it");
  }
}

function toRecord({ id, status, input, state, output, error, usage }: Execution): AgentRecord {
  const conversation = conversationOf(id, state);
  const messages = conversation?.messages ?? inputOf(id, input).messages;
  return { id, status, messages, pending: conversation ? missingOf(conversation) : [], output, error, usage };
}

function missing(id: string): NotFoundError {
  return new NotFoundError(`There is no run ${id}: start it first.`, { facts: { id } });
}

function notPending(id: string, pendingId: string): ConflictError {
  return new ConflictError(`${id} does not wait for ${pendingId}: read what is pending.`, {
    facts: { id, pending: pendingId },
  });
}
