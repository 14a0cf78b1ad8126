import { setInterval } from "node:timers/promises";
import { startScheduler, startTimerPump, startWorker, type Store } from "holdfast";
import { randomFrom } from "./timeline.ts";
import { runOf, workflows } from "./workflows.ts";

/** Works on the queues, and begins an execution every few seconds, until the process ends. */
export async function goOn(store: Store): Promise<void> {
  const random = randomFrom(Date.now());
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const work = async (): Promise<unknown> => {
    await pause(200 + random() * 1500);
    if (random() < 0.05) throw new Error("503 from the other side");
    return { ok: true };
  };
  const queues = { emails: work, webhooks: work, thumbnails: work, imports: work, reports: work };
  await startWorker(store, { queues, concurrency: 4, onError: () => undefined });
  await startScheduler(store);
  await startTimerPump(store, { handler: () => undefined, onError: () => undefined });
  let count = 0;
  for await (const _ of setInterval(4000)) {
    count += 1;
    await store.jobs.pushMany(
      Array.from({ length: 3 }, (_each, i) => ({ queue: i === 0 ? "webhooks" : "emails", payload: { count } })),
    );
    void live(store, count, random);
  }
}

/** Plays one run in real time, six times as fast. */
async function live(store: Store, count: number, random: () => number): Promise<void> {
  const workflow = workflows[count % workflows.length];
  if (workflow === undefined) return;
  const id = `${workflow.name}-live-${Date.now()}`;
  const happenings = runOf(store, { id, workflow, atMs: 0, random, stopsAt: null });
  const startedAt = Date.now();
  for (const { atMs, run } of happenings.toSorted((a, b) => a.atMs - b.atMs)) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(startedAt + atMs / 6 - Date.now(), 0)));
    await run();
  }
}
