import type { QueueSettings } from "holdfast/queues";
import type { Contender, Place, Size } from "../bench.ts";
import { draining, inPortions, until } from "../drain.ts";
import { idleWorker } from "../idle-worker.ts";
import { type Load, type Operation, underLoad } from "../load.ts";
import { expectSame } from "../rows.ts";
import { type JobCounts, type JobStore, type JobToPush, type Release, today } from "./release.ts";

const queue = "noop";
/** The result of each job. */
const result = { done: true };
/** Concurrent callers that fill a queue with jobs one by one. */
const pushers = 50;

/** Pushes one job a call. */
export function holdfastPush(load: Load, release: Release = today): Contender {
  return pushing(load, release, {
    jobsPerCall: 1,
    call: (store, i) => store.jobs.push({ queue, payload: { i } }),
  });
}

/** Pushes many jobs a call. */
export function holdfastPushMany(load: Load, jobsPerCall: number, release: Release = today): Contender {
  return pushing(load, release, { jobsPerCall, call: (store) => store.jobs.pushMany(inputsOf(jobsPerCall)) });
}

interface Push {
  readonly jobsPerCall: number;
  readonly call: (store: JobStore, i: number) => Promise<unknown>;
}

function pushing(load: Load, release: Release, { jobsPerCall, call }: Push): Contender {
  return underLoad(release, { ...load, operationsPerCall: jobsPerCall }, async ({ url }): Promise<Operation> => {
    const { openStore } = await release.load();
    const store = await openStore({ url });
    return {
      call: (i) => call(store, i),
      check: async (calls) => {
        const { ready } = await store.queues.counts(queue);
        expectSame(ready, calls * jobsPerCall, "ready jobs");
      },
      close: () => store.close(),
    };
  });
}

/** The search path is what a session begins with, and Holdfast says nothing of it: there pg_notify is found that does nothing. */
const unnotified = `
  create function public.pg_notify(text, text) returns void language sql as '';
  do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`;

/** As `holdfastPush`, where the server notifies nobody: what is left of notifications is the statement that asks for them. */
export function holdfastPushUnnotified(load: Load): Contender {
  const pushed = holdfastPush(load);
  return {
    name: "without",
    isOurs: false,
    open: async (place) => {
      await place.pool.query(unnotified);
      return pushed.open(place);
    },
  };
}

/** How a queue was filled. */
export type Filling = "in bulk" | "one by one";

/** How the worker is set, and the queue. */
export interface DrainSettings {
  readonly concurrency: number;
  readonly prefetch?: number;
  /** How the jobs were pushed: in bulk by default. */
  readonly filling?: Filling;
  /** How many groups share the queue; 0, the default, for jobs without a group. */
  readonly groups?: number;
  readonly settings?: QueueSettings;
  readonly release?: Release;
}

/** Empties a queue; each job keeps its row and its result. */
export function holdfastDrain(count: number, drain: DrainSettings): Contender {
  const { groups = 0, filling = "in bulk", settings, release = today, ...worker } = drain;
  const prefetch = worker.prefetch === undefined ? "" : `, prefetch ${worker.prefetch}`;
  const name = `${release.name}, ${worker.concurrency} at once${prefetch}`;
  return draining({ ...release, name }, count, async ({ url }) => {
    const { openStore, startWorker } = await release.load();
    const store = await openStore({ url });
    if (settings !== undefined) await store.queues.configure(queue, settings);
    await fill(store, { count, filling, groups });
    let running: { stop(): Promise<void> } | undefined;
    return {
      drain: async (onJob, allHandled) => {
        const handler = async (): Promise<unknown> => {
          onJob();
          return result;
        };
        running = await startWorker(store, { queues: { [queue]: handler }, ...worker });
        await allHandled;
        await until(() => isEmpty(store));
      },
      check: async () =>
        expectSame((await see(store)).succeeded, count, "jobs that succeeded at once, with their result"),
      close: async () => {
        await running?.stop();
        await store.close();
      },
    };
  });
}

/** A queue of ended and ready jobs. */
export interface CountedQueue {
  count(): Promise<JobCounts>;
  /** Reads every job, to check the counts by another way. */
  seen(): Promise<Seen>;
  close(): Promise<void>;
}

/** Fills a queue, drains it, and fills it again. */
export async function openCounted(
  { url }: Place,
  { ended, ready, filling }: { readonly ended: number; readonly ready: number; readonly filling: Filling },
): Promise<CountedQueue> {
  const { openStore, startWorker } = await today.load();
  const store = await openStore({ url });
  await fill(store, { count: ended, filling });
  let left = ended;
  let onLast = (): void => undefined;
  const allHandled = new Promise<void>((resolve) => {
    onLast = resolve;
  });
  const handler = async (): Promise<unknown> => {
    left -= 1;
    if (left === 0) onLast();
    return result;
  };
  const worker = await startWorker(store, { queues: { [queue]: handler }, concurrency: 500, prefetch: 2000 });
  await allHandled;
  await until(() => isEmpty(store));
  await worker.stop();
  await fill(store, { count: ready, filling });
  return { count: () => store.queues.counts(queue), seen: () => see(store), close: () => store.close() };
}

/** Fills the queue of a store. */
async function fill(
  { jobs }: JobStore,
  { count, filling, groups = 0 }: { readonly count: number; readonly filling: Filling; readonly groups?: number },
): Promise<void> {
  if (filling === "in bulk") {
    await inPortions(count, (portion) => jobs.pushMany(inputsOf(portion, groups)));
    return;
  }
  let pushed = 0;
  const pushOnAndOn = async (): Promise<void> => {
    while (pushed < count) {
      const i = pushed;
      pushed += 1;
      await jobs.push(inputOf(i, groups));
    }
  };
  await Promise.all(Array.from({ length: pushers }, pushOnAndOn));
}

/** Whether no job waits or runs. Costs the same however long the queue is. */
async function isEmpty({ queues }: JobStore): Promise<boolean> {
  const { counts } = await queues.get(queue, { countUpTo: 1 });
  return counts.blocked + counts.scheduled + counts.ready + counts.running === 0;
}

interface Seen {
  /** Jobs that succeeded at their first attempt and have their result. */
  readonly succeeded: number;
  readonly ready: number;
}

async function see({ jobs }: JobStore): Promise<Seen> {
  const expected = JSON.stringify(result);
  let succeeded = 0;
  let ready = 0;
  for await (const job of jobs.iterate({ queue, limit: 1000 })) {
    if (job.status === "ready") ready += 1;
    if (job.status === "succeeded" && job.attempts === 1 && JSON.stringify(job.result) === expected) succeeded += 1;
  }
  return { succeeded, ready };
}

function inputsOf(count: number, groups = 0): readonly JobToPush[] {
  return Array.from({ length: count }, (_, i) => inputOf(i, groups));
}

function inputOf(i: number, groups: number): JobToPush {
  return { queue, payload: { i }, group: groups === 0 ? undefined : `group-${i % groups}` };
}

/** How an idle worker hears of jobs. */
export interface IdleSettings {
  readonly release?: Release;
  /** Whether another store pushes, as if in another process. */
  readonly pushedElsewhere?: boolean;
  /** Whether notifications reach the worker's store; true by default. */
  readonly listen?: boolean;
}

/** Waits for jobs. */
export function holdfastIdle(size: Size, settings: IdleSettings = {}): Contender {
  const { release = today, pushedElsewhere = false, listen = true } = settings;
  const name = `${release.name}${pushedElsewhere ? ", pushed elsewhere" : ""}${listen ? "" : ", notifications lost"}`;
  return idleWorker({ ...release, name }, size, async ({ url }: Place, onJob) => {
    const { openStore, startWorker } = await release.load();
    // Behind a pooler no notification is heard, and all else is as anywhere.
    const store = await openStore(listen ? { url } : { url, pooler: "transaction", preparedStatements: true });
    const pusher = pushedElsewhere ? await openStore({ url }) : store;
    const worker = await startWorker(store, { queues: { [queue]: async () => onJob() } });
    return {
      push: (i) => pusher.jobs.push({ queue, payload: { i } }),
      close: async () => {
        await worker.stop();
        await store.close();
        await pusher.close();
      },
    };
  });
}
