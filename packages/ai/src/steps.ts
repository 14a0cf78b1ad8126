import { createHash } from "node:crypto";
import type { Store, Transaction } from "holdfast";
import type { TaskEnd } from "holdfast/executions";
import type { Task } from "holdfast/tasks";
import type { ExecutionContext } from "holdfast/worker";
import { toJson } from "./json.ts";

/** A tool call whose process ended before its result was stored. Nobody knows whether it took effect, so it is not called again. */
export class ToolInterruptedError extends Error {
  override readonly name = "ToolInterruptedError";

  constructor(toolName: string) {
    super(
      `The process that called ${toolName} ended before its result was stored: the call may or may not have taken effect.`,
    );
  }
}

/** A call of a tool. */
export interface ToolCall {
  readonly toolName: string;
  readonly toolCallId: string;
  readonly input: unknown;
  /** Whether it may be called again when nobody knows what became of it. */
  readonly isRepeatable: boolean;
}

/** The answers of models and tools in one turn of a run, as tasks of its execution. */
export class Steps {
  readonly #context: ExecutionContext;
  readonly #place: string;
  readonly #known: ReadonlyMap<string, Task>;
  readonly #committed = new Set<string>();
  #modelCalls = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(context: ExecutionContext, place: string, known: ReadonlyMap<string, Task>) {
    this.#context = context;
    this.#place = place;
    this.#known = known;
  }

  /** Reads what is stored of a turn. */
  static async read(
    store: Store,
    context: ExecutionContext,
    { id, turn }: { id: string; turn: number },
  ): Promise<Steps> {
    const place = `${id}/${turn}`;
    const known = new Map<string, Task>();
    for await (const task of store.tasks.iterate({ executionId: id, limit: 1000 })) {
      if (task.id.startsWith(`${place}.`)) known.set(task.id, task);
    }
    return new Steps(context, place, known);
  }

  /** The stored answer of the next call of a model, if there is one. */
  nextAnswer(): unknown {
    return this.#known.get(this.#modelTask())?.output;
  }

  /** Remembers that the model gave no answer. */
  failed(error: unknown): void {
    this.#failure = { error };
  }

  /** Throws the error of the last call of a model: `streamText` ends without it. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Counts an answer that was stored earlier. */
  skipAnswer(): void {
    this.#modelCalls += 1;
  }

  /** Stores the answer of a model. */
  async addAnswer(modelId: string, answer: unknown): Promise<void> {
    const task = {
      id: this.#modelTask(),
      name: "answer",
      agent: modelId,
      action: "answer",
      status: "succeeded",
    } as const;
    await this.#context.transition({ tasks: [{ ...task, type: "basic", output: toJson(answer) }] });
    this.#failure = null;
    this.#modelCalls += 1;
  }

  /** Calls a tool, unless it was called before: then its stored output or error is the outcome. */
  async callTool(call: ToolCall, execute: () => Promise<unknown>): Promise<unknown> {
    this.#context.signal.throwIfAborted();
    const { toolName, toolCallId, input, isRepeatable } = call;
    const id = this.#toolTask(toolCallId);
    const known = this.#known.get(id);
    if (known?.status === "succeeded") return known.output;
    if (known?.status === "failed") throw errorOf(known.error);
    if (known && !isRepeatable) {
      const error = new ToolInterruptedError(toolName);
      await this.#end({ id, status: "failed", error });
      throw error;
    }
    const task = {
      id,
      name: toolName,
      type: "basic",
      tool: toolName,
      status: "running",
      input: toJson(input),
    } as const;
    if (!known) await this.#context.transition({ tasks: [task] });
    try {
      const output = await execute();
      if (!this.#committed.has(id)) await this.#end(successOf(id, output));
      return output;
    } catch (error) {
      // Whether it had an effect is unknown if it was aborted.
      if (!this.#context.signal.aborted) await this.#end({ id, status: "failed", error });
      throw error;
    }
  }

  /** Stores the output of a tool in a transaction of its own. */
  async commitTool(toolCallId: string, output: unknown, tx: Transaction): Promise<void> {
    const id = this.#toolTask(toolCallId);
    await this.#context.transition({ endTasks: [successOf(id, output)] }, { tx });
    this.#committed.add(id);
  }

  async #end(end: TaskEnd): Promise<void> {
    await this.#context.transition({ endTasks: [end] });
  }

  #modelTask(): string {
    return `${this.#place}.${this.#modelCalls}`;
  }

  /** Some providers use an id of a call again, so it counts among the calls of one answer only. */
  #toolTask(toolCallId: string): string {
    return `${this.#modelTask()}/${createHash("sha256").update(toolCallId).digest("base64url")}`;
  }
}

function successOf(id: string, output: unknown): TaskEnd {
  return { id, status: "succeeded", ...(output !== undefined && { output }) };
}

/** The error that a tool threw in an earlier process. */
function errorOf(stored: unknown): Error {
  const { name = "Error", message = "The tool failed." } = (stored ?? {}) as Partial<Error>;
  return Object.assign(new Error(message), { name });
}
