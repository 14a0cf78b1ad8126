import { type JobInput, openStore, type QueueSettings, startWorker, type Store, type Worker } from "holdfast";
import type { Contender, Place, Size } from "../bench.ts";
import { draining, inPortions, until } from "../drain.ts";
import { idleWorker } from "../idle-worker.ts";
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

/** The search path is what a session begins with, and Holdfast says nothing of it: there pg_notify is found that does nothing. */
const unnotified = `
  create function public.pg_notify(text, text) returns void language sql as '';
  do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`;

/** As `holdfastPush`, where the server notifies nobody: what is left of notifications is the statement that asks for them. */
export function holdfastPushUnnotified(load: Load): Contender {
  const pushing = holdfastPush(load);
  return {
    name: "without",
    isOurs: false,
    open: async (place) => {
      await place.pool.query(unnotified);
      return pushing.open(place);
    },
  };
}

/** Pushes many jobs a call. */
export function holdfastPushMany(load: Load, jobsPerCall: number): Contender {
  return holdfast({ ...load, operationsPerCall: jobsPerCall }, ({ jobs }) => ({
    call: () => jobs.pushMany(inputsOf(jobsPerCall)),
    check: ["select count(*) from holdfast.jobs where state = 'ready'", (calls) => calls * jobsPerCall],
  }));
}

/** How the worker is set, and the queue. */
export interface DrainSettings {
  readonly concurrency: number;
  readonly prefetch?: number;
  /** How many groups share the queue; 0, the default, for jobs without a group. */
  readonly groups?: number;
  readonly settings?: QueueSettings;
}

/** Empties a queue; each job keeps its row and its result. */
export function holdfastDrain(count: number, { groups = 0, settings, ...worker }: DrainSettings): Contender {
  const prefetch = worker.prefetch === undefined ? "" : `, prefetch ${worker.prefetch}`;
  const name = `Holdfast, ${worker.concurrency} at once${prefetch}`;
  return draining({ name, isOurs: true }, count, async (place) => {
    const store = await openHoldfast(place);
    if (settings !== undefined) await store.jobs.configureQueue(queue, settings);
    await inPortions(count, (portion) => store.jobs.pushMany(inputsOf(portion, groups)));
    let running: Worker | undefined;
    return {
      drain: async (onJob, allHandled) => {
        const handler = async (): Promise<{ done: boolean }> => {
          onJob();
          return { done: true };
        };
        running = await startWorker(store, { queues: { [queue]: handler }, ...worker });
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
        await running?.stop();
        await store.close();
      },
    };
  });
}

function inputsOf(count: number, groups = 0): readonly JobInput[] {
  return Array.from({ length: count }, (_, i) => ({
    queue,
    payload: { i },
    group: groups === 0 ? undefined : `group-${i % groups}`,
  }));
}

/** How an idle worker hears of jobs. */
export interface IdleSettings {
  /** Whether another store pushes, as if in another process. */
  readonly pushedElsewhere: boolean;
  /** Whether notifications reach the worker's store. */
  readonly listen: boolean;
}

/** A store that hears no notifications, as behind a pooler, and is otherwise as any. */
function openDeaf({ url }: Place): Promise<Store> {
  return openStore({ url, pooler: "transaction", preparedStatements: true });
}

/** Waits for jobs. */
export function holdfastIdle(size: Size, settings?: IdleSettings): Contender {
  const { pushedElsewhere, listen } = settings ?? { pushedElsewhere: false, listen: true };
  const name = `Holdfast${pushedElsewhere ? ", pushed elsewhere" : ""}${listen ? "" : ", notifications lost"}`;
  return idleWorker({ name, isOurs: true }, size, async (place, onJob) => {
    const store = await (listen ? openHoldfast(place) : openDeaf(place));
    const pusher = pushedElsewhere ? await openHoldfast(place) : store;
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
