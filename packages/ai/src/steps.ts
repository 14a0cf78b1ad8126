import { AsyncLocalStorage } from "node:async_hooks";
import type { Store, Transaction } from "holdfast";
import { InvalidInputError, LeaseLostError, UnavailableError } from "holdfast/errors";
import type { TaskEnd } from "holdfast/executions";
import type { Task } from "holdfast/tasks";
import type { ExecutionContext, ExecutionStep } from "holdfast/worker";
import { invalid } from "./input.ts";
import { toJson } from "./json.ts";
import { type RunningTool, Scope } from "./scope.ts";
import { storedError, thrownBy, ToolInterruptedError, ToolOutputError } from "./tool-errors.ts";

/** A call of a tool. */
export interface ToolCall {
  readonly toolName: string;
  readonly toolCallId: string;
  readonly input: unknown;
  /** Whether it may be called again when nobody knows what became of it. */
  readonly isRepeatable: boolean;
}

/** A call of a model. */
export interface ModelStep {
  /** The answer that was stored earlier. */
  readonly stored: unknown;
  /** Stores the answer. */
  readonly add: (answer: StoredAnswer) => Promise<void>;
  /** Remembers that the model gave no answer. */
  readonly failed: (error: unknown) => void;
}

/** The answer of a model. */
export interface StoredAnswer {
  readonly modelId: string;
  readonly answer: unknown;
  /** Added to the counters of the run. */
  readonly usage: Readonly<Record<string, number>>;
}

/** The answers of models and tools in one turn of a run, as tasks of its execution. */
export class Steps {
  readonly #context: ExecutionContext;
  readonly #place: string;
  readonly #known: ReadonlyMap<string, Task>;
  readonly #turn: Scope;
  readonly #within = new AsyncLocalStorage<RunningTool>();
  readonly #running = new Map<string, RunningTool>();
  /** Why nothing can be stored any more. */
  #broken: { readonly error: unknown } | null = null;
  /** Why the run cannot go on in any attempt. */
  misuse: InvalidInputError | null = null;

  constructor(context: ExecutionContext, place: string, known: ReadonlyMap<string, Task>) {
    this.#context = context;
    this.#place = place;
    this.#known = known;
    this.#turn = this.#scope(place);
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
      if (task.id.startsWith(`${place}.`) || task.id.startsWith(`${place}/`)) known.set(task.id, task);
    }
    return new Steps(context, place, known);
  }

  /** Where model calls are counted now: in the tool that runs, or in the turn. */
  scope(): Scope | null {
    return this.#within.getStore()?.models ?? null;
  }

  /** Begins a call of a model. `otherwise` is the scope if no tool runs. */
  model(otherwise: Scope | null): ModelStep {
    this.#check();
    const scope = this.scope() ?? otherwise ?? this.#turn;
    const number = scope.modelCalls;
    const id = scope.modelTask();
    const known = this.#known.get(id);
    if (known) scope.answered();
    return {
      stored: known?.output,
      add: async ({ modelId, answer, usage }) => {
        if (scope.modelCalls !== number) throw this.#break((this.misuse = overlapping()));
        const task = { id, name: "answer", type: "basic", agent: modelId, action: "answer" } as const;
        // At once, so that an overlapping call finds out.
        scope.answered();
        await this.#store({ tasks: [{ ...task, status: "succeeded", output: toJson(answer) }], usage });
      },
      failed: (error) => {
        scope.failure = { error };
      },
    };
  }

  /** Throws why the last step of the turn is missing: the SDK hides some of these errors. */
  throwFailure(): void {
    const failure = this.#broken ?? this.#turn.failure;
    if (failure) throw failure.error;
  }

  /** Lets the model answer once more in place of its last answer, which the SDK refused, if nothing came of that. */
  async refuseAnswer(error: unknown): Promise<void> {
    const id = this.#turn.lastAnswer();
    if (id === null || this.#broken || this.#context.signal.aborted) return;
    const task = { id: refusalOf(id), name: "refused answer", type: "basic", action: "refuse" } as const;
    await this.#store({ tasks: [{ ...task, agent: "ai-sdk", status: "failed", error }] });
  }

  /** Calls a tool, unless it was called before: then its stored output or error is the outcome. */
  async callTool(call: ToolCall, execute: () => Promise<unknown>): Promise<unknown> {
    this.#check();
    const { toolName, toolCallId, input, isRepeatable } = call;
    const taskId = (this.scope() ?? this.#turn).toolTask(toolCallId);
    const known = this.#known.get(taskId);
    if (known?.status === "succeeded") return known.output;
    if (known?.status === "failed") throw storedError(known.error);
    if (known && !isRepeatable) return this.#fail(taskId, new ToolInterruptedError(toolName));
    const task = { id: taskId, name: toolName, type: "basic", tool: toolName, status: "running" } as const;
    if (!known) await this.#store({ tasks: [{ ...task, input: toJson(input) }] });
    const running = { taskId, toolName, toolCallId, models: this.#scope(taskId), committed: null };
    this.#running.set(toolCallId, running);
    return this.#within.run(running, async () => this.#run(running, execute));
  }

  /** Runs a tool's work in a transaction that also stores its output, so both happen or neither. */
  async commit<T>(store: Store, toolCallId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const inner = this.#within.getStore();
    const running = inner?.toolCallId === toolCallId ? inner : this.#running.get(toolCallId);
    if (!running) throw invalid("toolCallId", "is not that of a running tool: give the one that the tool received");
    if (running.committed) throw invalid("toolCallId", "is that of a tool whose output is stored: commit it once");
    try {
      const output = await store.transaction(async (tx) => {
        const made = await work(tx);
        await this.#context.transition({ endTasks: [successOf(running.taskId, toJson(made))] }, { tx });
        return made;
      });
      running.committed = { output: toJson(output) };
      return output;
    } catch (error) {
      // Whether it was committed may be unknown. The next attempt knows.
      if (error instanceof UnavailableError || error instanceof LeaseLostError) throw this.#break(error);
      throw error;
    }
  }

  async #run(running: RunningTool, execute: () => Promise<unknown>): Promise<unknown> {
    const { taskId, toolName } = running;
    let output: unknown;
    try {
      output = toJson(await execute());
    } catch (error) {
      // Whether it had an effect is unknown if it was aborted, or nothing can be stored.
      if (this.#context.signal.aborted || this.#broken) throw error;
      if (!running.committed) return this.#fail(taskId, thrownBy(toolName, error));
    }
    // What it has committed counts, whatever it did then.
    if (running.committed) return running.committed.output;
    try {
      await this.#context.transition({ endTasks: [successOf(taskId, output)] });
    } catch (error) {
      if (error instanceof InvalidInputError) return this.#fail(taskId, new ToolOutputError(toolName, error));
      throw this.#break(error);
    }
    return output;
  }

  /** Stores the error of a tool, and throws it. */
  async #fail(id: string, error: Error): Promise<never> {
    await this.#store({ endTasks: [{ id, status: "failed", error }] });
    throw error;
  }

  async #store(step: ExecutionStep): Promise<void> {
    try {
      await this.#context.transition(step);
    } catch (error) {
      throw this.#break(error);
    }
  }

  /** The SDK takes an error within a tool as the tool's, and goes on. So no later step may be made. */
  #break(error: unknown): unknown {
    this.#broken ??= { error };
    return error;
  }

  #check(): void {
    this.#context.signal.throwIfAborted();
    if (this.#broken) throw this.#broken.error;
  }

  #scope(place: string): Scope {
    return new Scope(place, this.#place, (id) => this.#known.has(refusalOf(id)));
  }
}

function refusalOf(answerTask: string): string {
  return `${answerTask}!`;
}

function successOf(id: string, output: unknown): TaskEnd {
  return { id, status: "succeeded", ...(output !== undefined && { output }) };
}

function overlapping(): InvalidInputError {
  return invalid(
    "model",
    "was called while another call of the run was under way: make one after the other, or in a tool",
  );
}
