import { Logger, makeWorkerUtils, run, type Runner, type RunnerOptions, type WorkerUtils } from "graphile-worker";
import type { Contender, Place, Size } from "../bench.ts";
import { draining, inPortions, until } from "../drain.ts";
import { idleWorker } from "../idle-worker.ts";
import { type Load, underLoad } from "../load.ts";
import { expectNumber, hasNoRow } from "../rows.ts";
import { peerPoolMax } from "./hand-written.ts";

const silent = new Logger(() => () => undefined);
const jobsLeft = "select count(*) from graphile_worker.jobs";

async function openProducer({ url }: Place): Promise<WorkerUtils> {
  const producer = await makeWorkerUtils({ connectionString: url, maxPoolSize: peerPoolMax, logger: silent });
  await producer.migrate();
  return producer;
}

/** Adds one job a call. */
export function graphileWorkerAdd(load: Load): Contender {
  return underLoad({ name: "graphile-worker", isOurs: false }, load, async (place) => {
    const producer = await openProducer(place);
    return {
      call: (i) => producer.addJob("noop", { i }),
      check: (calls) => expectNumber(place.pool, jobsLeft, calls),
      close: async () => producer.release(),
    };
  });
}

/** Adds many jobs a call. */
export function graphileWorkerAddMany(load: Load, jobsPerCall: number): Contender {
  return underLoad(
    { name: "graphile-worker", isOurs: false },
    { ...load, operationsPerCall: jobsPerCall },
    async (place) => {
      const producer = await openProducer(place);
      return {
        call: () => addMany(producer, jobsPerCall),
        check: (calls) => expectNumber(place.pool, jobsLeft, calls * jobsPerCall),
        close: async () => producer.release(),
      };
    },
  );
}

/** How a worker is configured; `localQueue` is how its documentation makes it fast, together with batched completions. */
export interface GraphileWorkerSettings {
  readonly concurrentJobs: number;
  readonly localQueue: number | null;
}

/** Empties a queue. */
export function graphileWorkerDrain(jobs: number, { concurrentJobs, localQueue }: GraphileWorkerSettings): Contender {
  const setting = localQueue === null ? "default" : `local queue ${localQueue}, batched completions`;
  const name = `graphile-worker, ${setting}, ${concurrentJobs} at once`;
  const batching =
    localQueue === null ? {} : { localQueue: { size: localQueue }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
  return draining({ name, isOurs: false }, jobs, async (place) => {
    const producer = await openProducer(place);
    await inPortions(jobs, (count) => addMany(producer, count));
    await producer.release();
    const options: RunnerOptions = {
      connectionString: place.url,
      noHandleSignals: true,
      logger: silent,
      preset: { worker: { concurrentJobs, maxPoolSize: peerPoolMax, ...batching } },
    };
    let runner: Runner | undefined;
    return {
      drain: async (onJob, allHandled) => {
        runner = await run({ ...options, taskList: { noop: async () => onJob() } });
        await allHandled;
        await until(() => hasNoRow(place.pool, "select from graphile_worker.jobs"));
      },
      check: () => expectNumber(place.pool, jobsLeft, 0),
      close: async () => runner?.stop(),
    };
  });
}

async function addMany(producer: WorkerUtils, count: number): Promise<void> {
  await producer.addJobs(Array.from({ length: count }, (_, i) => ({ identifier: "noop", payload: { i } })));
}

/** Waits for jobs. */
export function graphileWorkerIdle(size: Size): Contender {
  return idleWorker({ name: "graphile-worker", isOurs: false }, size, async (place, onJob) => {
    const producer = await openProducer(place);
    const runner = await run({
      connectionString: place.url,
      noHandleSignals: true,
      logger: silent,
      preset: { worker: { concurrentJobs: 10, maxPoolSize: peerPoolMax } },
      taskList: { noop: async () => onJob() },
    });
    return {
      push: (i) => producer.addJob("noop", { i }),
      close: async () => {
        await runner.stop();
        await producer.release();
      },
    };
  });
}
