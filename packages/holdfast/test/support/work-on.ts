import { type JobHandler, startWorker, type Store, type Worker, type WorkerOptions } from "../../src/index.ts";
import type { HandlerOptions } from "../../src/worker/index.ts";

let queues = 0;

/** A name for a queue that no other test of this process uses. */
export function newQueue(): string {
  return `q${++queues}`;
}

/** Starts a worker of a store on a queue of its own. It polls so seldom that only notifications wake it. */
export async function workOn(
  store: Store,
  handler: JobHandler | HandlerOptions<JobHandler>,
  options: Partial<WorkerOptions> = {},
): Promise<{ readonly name: string; readonly worker: Worker }> {
  const name = newQueue();
  const worker = await startWorker(store, { queues: { [name]: handler }, pollMs: 60_000, ...options });
  return { name, worker };
}
