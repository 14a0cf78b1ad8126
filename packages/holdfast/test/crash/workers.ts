import { type ConnectionOptions, type Job, openStore, type Store } from "../../src/index.ts";
import type { JobCounts } from "../../src/queues/index.ts";
import { Child, jobsOf, kindsOf } from "./support.ts";

const executionIds = ["a", "b", "c"];
const jobsPerLife = 24;

/** What became of jobs whose workers were killed: what is wrong, and how often at most one of them was begun. */
export interface Killed {
  readonly faults: readonly string[];
  readonly attempts: number;
}

/**
 * Kills workers in the middle of their jobs, and lets the last one finish. No job may be lost. A job's effect must exist once however
 * often it was started, and its attempts must say how often that was.
 */
export async function killWorkers(connection: ConnectionOptions, kills: number): Promise<Killed> {
  const count = jobsPerLife * (kills + 1);
  await briefly(connection, async (store) => {
    await store.executions.createMany(executionIds.map((id) => ({ id })));
    const executionOf = (i: number): string => executionIds[i % executionIds.length] ?? "";
    await store.jobs.pushMany(
      Array.from({ length: count }, (_, i) => ({ id: `job-${i}`, queue: "q", executionId: executionOf(i) })),
    );
  });
  const begun = new Map<string, number>();
  for (let life = 0; life <= kills; life++) {
    const child = new Child("work", connection, "q");
    await (life < kills ? child.said("end", Math.ceil(Math.random() * jobsPerLife)) : child.said("done"));
    await child.kill();
    for (const line of child.linesOf("begin")) {
      const [id = "", attempts] = line.split(" ");
      begun.set(id, Number(attempts));
    }
  }
  const faults = await briefly(connection, (store) => faultsOf(store, begun, count));
  return { faults, attempts: Math.max(...begun.values()) };
}

async function faultsOf(store: Store, begun: ReadonlyMap<string, number>, count: number): Promise<readonly string[]> {
  const faults: string[] = [];
  const jobs = await jobsOf(store);
  if (jobs.length !== count) faults.push(`there are ${jobs.length} jobs instead of ${count}`);
  for (const { id, status, attempts, result } of jobs) {
    if (status !== "succeeded") faults.push(`${id} is ${status}`);
    if (attempts !== begun.get(id)) faults.push(`${id} was begun at attempt ${begun.get(id)}, and has ${attempts}`);
    if (result !== attempts) faults.push(`${id} has the result of attempt ${String(result)} of ${attempts}`);
  }
  const steps = new Map<string, number>(jobs.map((job) => [job.id, 0]));
  for (const id of executionIds) {
    const kinds = await kindsOf(store, id);
    const { usage, version } = await store.executions.require(id);
    if (usage["jobs"] !== kinds.length) faults.push(`${id} has ${kinds.length} steps and counts ${usage["jobs"]}`);
    if (version !== kinds.length + 1) faults.push(`${id} has ${kinds.length} steps at version ${version}`);
    for (const kind of kinds) steps.set(kind, (steps.get(kind) ?? 0) + 1);
  }
  for (const [id, times] of steps) if (times !== 1) faults.push(`${id} has left ${times} steps`);
  return faults;
}

/** What became of a job that kills its worker, and of the six jobs beside it. */
export interface Poisoned {
  readonly deaths: number;
  readonly poison: Job;
  readonly counts: JobCounts;
  readonly steps: number;
}

/** Starts a worker as often as one of its jobs kills it, until no job is left to be done. */
export async function poisonWorkers(connection: ConnectionOptions, maxAttempts: number): Promise<Poisoned> {
  await briefly(connection, async (store) => {
    await store.executions.create({ id: "a" });
    const others = Array.from({ length: 6 }, (_, i) => ({ id: `job-${i}`, queue: "q", executionId: "a" }));
    const poison = { id: "poison", queue: "q", executionId: "a", payload: "poison", maxAttempts, priority: -1 };
    await store.jobs.pushMany([...others, poison]);
  });
  let deaths = 0;
  for (let child = new Child("work", connection, "q"); ; child = new Child("work", connection, "q")) {
    await child.said("done");
    await child.kill();
    if (child.linesOf("done").length > 0) break;
    deaths++;
  }
  return briefly(connection, async (store) => ({
    deaths,
    poison: await store.jobs.require("poison"),
    counts: await store.queues.counts(),
    steps: (await kindsOf(store, "a")).length,
  }));
}

/** An embedded folder has one process at a time, so it is given back. */
async function briefly<T>(connection: ConnectionOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(connection);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
