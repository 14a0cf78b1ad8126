import type { Store } from "holdfast";
import type { TestClock } from "holdfast/testing";

/** Sets the clock to a moment, from which it goes on. */
export async function setClock(clock: TestClock, moment: string): Promise<void> {
  await clock.advance(Date.parse(moment) - (await clock.now()).getTime());
}

/** The ids of all jobs, in order. */
export async function jobIds(store: Store): Promise<readonly string[]> {
  return (await store.jobs.list({ limit: 1000 })).items.map((job) => job.id);
}

/** Claims the one job that is available in a queue, and completes it. */
export async function completeNext(store: Store, queue: string): Promise<string | null> {
  const [job] = await store.jobs.claim({ queues: [queue], limit: 1 });
  if (!job) return null;
  await store.jobs.complete(job);
  return job.id;
}
