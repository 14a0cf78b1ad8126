import { useEffect, useState, useSyncExternalStore } from "react";
import type { TaskRow } from "../../../protocol/index.ts";
import { read } from "../../api/client.ts";
import { live } from "../../api/live.ts";
import { type Forest, forestOf, type Task, toTask } from "./forest.ts";

const pageTasks = 5000;
/** Written tasks are drawn at most so often; less often where making the trees takes long. */
const drawEveryMs = 250;

/** The tasks of an execution, as far as they are known. */
export interface KnownTasks {
  readonly forest: Forest;
  readonly count: number;
  readonly isComplete: boolean;
  readonly error: Error | null;
}

/** All tasks of one execution: read page by page, then kept up with by the live stream. */
class TaskSet {
  readonly #executionId: string;
  readonly #tasks = new Map<string, Task>();
  readonly #listeners = new Set<() => void>();
  #known: KnownTasks = { forest: forestOf([]), count: 0, isComplete: false, error: null };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitMs = 0;
  #isComplete = false;
  #error: Error | null = null;
  #newest = "";

  constructor(executionId: string) {
    this.#executionId = executionId;
  }

  readonly known = (): KnownTasks => this.#known;

  /** Calls a listener after each change. Returns what stops it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the tasks and follows them until the returned function is called. */
  start(): () => void {
    const stop = new AbortController();
    const stops = [
      live.on("tasks", ({ executionId, items, isComplete }) => {
        if (executionId !== this.#executionId) return;
        this.#add(items);
        if (!isComplete) void this.#load(stop.signal);
      }),
      // What was written before the stream began is read again.
      live.on("hello", ({ isResumed }) => {
        if (!isResumed && this.#isComplete) void this.#load(stop.signal);
      }),
    ];
    void this.#load(stop.signal);
    return () => {
      stop.abort();
      clearTimeout(this.#timer);
      for (const each of stops) each();
    };
  }

  /** Reads all pages; once it has them, those with later writes alone. */
  async #load(signal: AbortSignal): Promise<void> {
    const since = this.#isComplete && this.#newest !== "" ? { updatedAfter: this.#newest } : {};
    try {
      let after: string | undefined;
      do {
        const request = { id: this.#executionId, limit: pageTasks, after, ...since };
        const { items, next } = await read("/api/execution/tasks/all", request, signal);
        this.#add(items);
        after = next ?? undefined;
      } while (after !== undefined);
      this.#isComplete = true;
      this.#error = null;
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error instanceof Error ? error : new Error(String(error));
    }
    this.#drawSoon();
  }

  #add(rows: readonly TaskRow[]): void {
    for (const row of rows) {
      const former = this.#tasks.get(row.id);
      if (former !== undefined && former.version > row.version) continue;
      this.#tasks.set(row.id, toTask(row));
      if (row.updatedAt > this.#newest) this.#newest = row.updatedAt;
    }
    if (rows.length > 0) this.#drawSoon();
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => this.#draw(), this.#waitMs);
  }

  #draw(): void {
    this.#timer = undefined;
    const startedAt = performance.now();
    const forest = forestOf(this.#tasks.values());
    this.#known = { forest, count: this.#tasks.size, isComplete: this.#isComplete, error: this.#error };
    for (const listener of this.#listeners) listener();
    this.#waitMs = Math.max(drawEveryMs, (performance.now() - startedAt) * 5);
  }
}

/** The tasks of an execution, followed while the component is shown. */
export function useTasks(executionId: string): KnownTasks {
  const [set, setSet] = useState(() => new TaskSet(executionId));
  useEffect(() => {
    const next = new TaskSet(executionId);
    setSet(next);
    return next.start();
  }, [executionId]);
  return useSyncExternalStore(set.subscribe, set.known);
}
