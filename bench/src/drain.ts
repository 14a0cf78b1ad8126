import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, Measurement, Named, Place } from "./bench.ts";
import { expectSame } from "./rows.ts";

/** A queue that is full. */
export interface FullQueue {
  /** Works on the jobs, and calls `onJob` in the handler of each; resolves when the database knows that all are done. */
  drain(onJob: () => void, allHandled: Promise<void>): Promise<void>;
  /** Throws unless the database says that the jobs are done. */
  check(): Promise<void>;
  /** Stops the workers. */
  close(): Promise<void>;
}

/** A contender that empties a queue of jobs that do nothing, as fast as it can. */
export function draining(contender: Named, jobs: number, open: (place: Place) => Promise<FullQueue>): Contender {
  return {
    ...contender,
    open: async (place) => {
      const queue = await open(place);
      // What was just written has been seen by autovacuum in a queue that lives; here it would come at any moment, or not at all.
      await place.pool.query("vacuum analyze");
      let handled = 0;
      return {
        run: async (): Promise<Measurement> => {
          const startedAt = performance.now();
          let onJob = (): void => undefined;
          const allHandled = new Promise<void>((resolve) => {
            onJob = () => {
              handled += 1;
              if (handled === jobs) resolve();
            };
          });
          await queue.drain(onJob, allHandled);
          return { operations: jobs, elapsedMs: performance.now() - startedAt, latencyMs: null };
        },
        check: async () => {
          expectSame(handled, jobs, "handled jobs");
          await queue.check();
        },
        close: () => queue.close(),
      };
    },
  };
}

/** Calls `add` with counts of at most 1,000, which together are the total. */
export async function inPortions(total: number, add: (count: number) => Promise<unknown>): Promise<void> {
  for (let left = total; left > 0; left -= 1000) await add(Math.min(left, 1000));
}

/**
 * Waits until this answers yes. A worker's handlers have returned some time before the last acknowledgement is committed, and
 * workers differ in what else they wait for when they are stopped, so that the database is asked.
 */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(1);
}
