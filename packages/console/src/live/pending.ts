import type { ExecutionChange, LiveEvents, Sample, TaskRow, Topic } from "../protocol/index.ts";

/** The most samples and tasks that wait for a client. It gets the newest samples, and reads the tasks again. */
const samplesMax = 500;
const tasksMax = 1000;

type TasksChange = LiveEvents["tasks"];

/** What a client has not received yet. Only the newest state of each thing is kept, so a slow client needs little memory. */
export class Pending {
  #hello: LiveEvents["hello"] | null = null;
  #samples: Sample[] = [];
  readonly #changed = new Set<Topic>();
  readonly #executions = new Map<string, ExecutionChange>();
  readonly #tasks = new Map<string, Map<string, TaskRow> | null>();

  get isEmpty(): boolean {
    const isQuiet = this.#hello === null && this.#samples.length === 0 && this.#changed.size === 0;
    return isQuiet && this.#executions.size === 0 && this.#tasks.size === 0;
  }

  greet(hello: LiveEvents["hello"]): void {
    this.#hello = hello;
  }

  addSample(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > samplesMax) this.#samples.shift();
  }

  addChanged(topic: Topic): void {
    this.#changed.add(topic);
  }

  addExecution(change: ExecutionChange): void {
    this.#executions.set(change.id, change);
  }

  addTasks({ executionId, items, isComplete }: TasksChange): void {
    const known = this.#tasks.get(executionId);
    if (known === null) return;
    const tasks = known ?? new Map<string, TaskRow>();
    for (const task of items) tasks.set(task.id, task);
    this.#tasks.set(executionId, isComplete && tasks.size <= tasksMax ? tasks : null);
  }

  /** Takes everything out, as the text of server-sent events under one id. */
  take(id: string): string {
    const events: string[] = [];
    const add = <E extends keyof LiveEvents>(name: E, data: LiveEvents[E]): void => {
      events.push(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    if (this.#hello !== null) add("hello", this.#hello);
    for (const sample of this.#samples) add("sample", sample);
    for (const change of this.#executions.values()) add("execution", change);
    for (const [executionId, tasks] of this.#tasks) {
      const items = [...(tasks?.values() ?? [])].toSorted((a, b) => a.sequence - b.sequence);
      add("tasks", { executionId, items, isComplete: tasks !== null });
    }
    if (this.#changed.size > 0) add("changed", { topics: [...this.#changed] });
    this.#hello = null;
    this.#samples = [];
    this.#changed.clear();
    this.#executions.clear();
    this.#tasks.clear();
    return events.join("");
  }
}
