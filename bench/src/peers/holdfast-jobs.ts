import { startWorker, type Worker } from "holdfast";
import type { Contender } from "../bench.ts";
import { draining, inPortions, until } from "../drain.ts";
import type { Load } from "../load.ts";
import { expectNumber, hasNoRow } from "../rows.ts";
import { holdfast, openHoldfast } from "./holdfast.ts";

const queue = "noop";

/** Pushes one job a call. */
export function holdfastPush(load: Load): Contender {
  return holdfast(load, ({ jobs }) => ({
    call: (i) => jobs.push({ queue, payload: { i } }),
    check: ["select count(*) from holdfast.jobs where state = 'ready'", (calls) => calls],
  }));
}

/** Pushes many jobs a call. */
export function holdfastPushMany(load: Load, jobsPerCall: number): Contender {
  return holdfast({ ...load, operationsPerCall: jobsPerCall }, ({ jobs }) => ({
    call: () => jobs.pushMany(inputsOf(jobsPerCall)),
    check: ["select count(*) from holdfast.jobs where state = 'ready'", (calls) => calls * jobsPerCall],
  }));
}

/** Empties a queue; each job keeps its row and its result. */
export function holdfastDrain(
  count: number,
  settings: { readonly concurrency: number; readonly prefetch?: number },
): Contender {
  const prefetch = settings.prefetch === undefined ? "" : `, prefetch ${settings.prefetch}`;
  const name = `Holdfast, ${settings.concurrency} at once${prefetch}`;
  return draining({ name, isOurs: true }, count, async (place) => {
    const store = await openHoldfast(place);
    await inPortions(count, (portion) => store.jobs.pushMany(inputsOf(portion)));
    let worker: Worker | undefined;
    return {
      drain: async (onJob, allHandled) => {
        const handler = async (): Promise<{ done: boolean }> => {
          onJob();
          return { done: true };
        };
        worker = await startWorker(store, { queues: { [queue]: handler }, ...settings });
        await allHandled;
        await until(() => hasNoRow(place.pool, "select from holdfast.jobs where state in ('ready', 'running')"));
      },
      check: () =>
        expectNumber(
          place.pool,
          "select count(*) from holdfast.jobs where state = 'succeeded' and attempts = 1 and result is not null",
          count,
        ),
      close: async () => {
        await worker?.stop();
        await store.close();
      },
    };
  });
}

function inputsOf(count: number): readonly { readonly queue: string; readonly payload: { readonly i: number } }[] {
  return Array.from({ length: count }, (_, i) => ({ queue, payload: { i } }));
}
