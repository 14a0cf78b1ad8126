import { createHash } from "node:crypto";

/** Where model calls are counted: a turn of a run, or a tool call that calls models itself. */
export class Scope {
  readonly #place: string;
  readonly #turn: string;
  readonly #isRefused: (taskId: string) => boolean;
  readonly #toolCalls = new Map<string, number>();
  #modelCalls = 0;
  /** Why the last model call gave no answer. */
  failure: { readonly error: unknown } | null = null;

  /** `place` begins the ids of the tasks of answers; `turn` those of tool calls. */
  constructor(place: string, turn: string, isRefused: (taskId: string) => boolean) {
    this.#place = place;
    this.#turn = turn;
    this.#isRefused = isRefused;
  }

  /** How many model calls have been answered. */
  get modelCalls(): number {
    return this.#modelCalls;
  }

  /** Counts an answer. Its tool calls follow. */
  answered(): void {
    this.failure = null;
    this.#modelCalls += 1;
  }

  /** The task of an answer, by default the next. The successor of an answer that the SDK refused has a task of its own. */
  modelTask(number: number = this.#modelCalls): string {
    const first = `${this.#place}.${number}`;
    let task = first;
    for (let again = 1; this.#isRefused(task); again += 1) task = `${first}~${again}`;
    return task;
  }

  /** The task of the next tool call with an id. Some providers use an id twice, even in one answer, so its calls are counted there. */
  toolTask(toolCallId: string): string {
    const call = `${this.modelTask()}/${toolCallId}`;
    const earlier = this.#toolCalls.get(call) ?? 0;
    this.#toolCalls.set(call, earlier + 1);
    // Hashed, so that its length has a limit, however deep it is.
    const hash = createHash("sha256").update(earlier === 0 ? call : `${call}\0${earlier}`);
    return `${this.#turn}/${hash.digest("base64url")}`;
  }

  /** The task of the last answer, if no tool was called for it. */
  lastAnswer(): string | null {
    const calls = `${this.modelTask()}/`;
    const isUsed = [...this.#toolCalls.keys()].some((call) => call.startsWith(calls));
    return isUsed || this.#modelCalls === 0 ? null : this.modelTask(this.#modelCalls - 1);
  }
}

/** A tool call that runs. */
export interface RunningTool {
  readonly taskId: string;
  readonly toolName: string;
  readonly toolCallId: string;
  /** The models that it calls. */
  readonly models: Scope;
  /** What its transaction has committed. */
  committed: { readonly output: unknown } | null;
}
