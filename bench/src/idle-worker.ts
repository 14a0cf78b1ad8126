import { setTimeout as sleep } from "node:timers/promises";
import type { Contender, Named, Place, Size } from "./bench.ts";
import { latencyOf } from "./load.ts";
import { expectSame } from "./rows.ts";

/** A worker that waits for jobs, and its queue. */
export interface IdleWorker {
  push(i: number): Promise<unknown>;
  /** Stops the worker and closes the queue. */
  close(): Promise<void>;
}

/** Long enough for a worker to have found its queue empty, and to wait to be told. */
const pauseMs = 20;

/** How many jobs are pushed for each second that another contender would be loaded. */
const jobsPerSecond = 120;

/** A contender that is given one job at a time, when it is idle; what counts is the time from the push to its handler. */
export function idleWorker(
  contender: Named,
  size: Size,
  open: (place: Place, onJob: () => void) => Promise<IdleWorker>,
): Contender {
  return {
    ...contender,
    open: async (place) => {
      let pushed = 0;
      let started = 0;
      let onStart = (): void => undefined;
      const worker = await open(place, () => {
        started += 1;
        onStart();
      });
      const pushOne = async (): Promise<number> => {
        await sleep(pauseMs);
        const startedOne = new Promise<void>((resolve) => {
          onStart = resolve;
        });
        const pushedAt = performance.now();
        const [latencyMs] = await Promise.all([
          startedOne.then(() => performance.now() - pushedAt),
          worker.push(pushed),
        ]);
        pushed += 1;
        return latencyMs;
      };
      const pushFor = async (seconds: number): Promise<readonly number[]> => {
        const latenciesMs: number[] = [];
        for (let i = 0; i < Math.max(3, seconds * jobsPerSecond); i += 1) latenciesMs.push(await pushOne());
        return latenciesMs;
      };
      return {
        warmUp: async () => (await pushFor(size.warmUpSeconds)).length,
        run: async () => {
          const latenciesMs = await pushFor(size.seconds);
          const elapsedMs = latenciesMs.reduce((sum, each) => sum + each, 0);
          return { operations: latenciesMs.length, elapsedMs, latencyMs: latencyOf(latenciesMs) };
        },
        check: async () => expectSame(started, pushed, "started jobs"),
        close: () => worker.close(),
      };
    },
  };
}
