import type { ClaimedJob, Store } from "holdfast";
import type { Happening } from "./timeline.ts";

const minuteMs = 60_000;

/** Queues with their settings, schedules, and jobs in every status. */
export function jobHappenings(store: Store, lengthMs: number, random: () => number): readonly Happening[] {
  const bursts = Array.from({ length: Math.floor(lengthMs / minuteMs) }, (_, minute) => ({
    atMs: minute * minuteMs + random() * 30_000,
    run: () => burst(store, minute, random),
  }));
  const last = lengthMs - 1000;
  return [
    { atMs: 0, run: () => configure(store) },
    ...bursts,
    { atMs: last, run: () => waiting(store) },
    { atMs: last, run: () => graphOfJobs(store) },
    { atMs: last, run: () => runningJob(store) },
  ];
}

async function configure(store: Store): Promise<void> {
  await store.queues.configure("emails", { concurrency: 50, rate: { limit: 600, periodMs: minuteMs } });
  await store.queues.configure("thumbnails", { concurrencyPerGroup: 4, agingMs: 10 * minuteMs });
  await store.queues.configure("reports", { concurrency: 2, timeoutMs: 30 * minuteMs });
  await store.queues.pause("reports");
  const every = { queue: "reports", payload: { format: "pdf" } } as const;
  await store.schedules.saveMany([
    { ...every, id: "nightly-report", cron: "0 2 * * *", timeZone: "Europe/Berlin" },
    { ...every, id: "weekly-summary", cron: "0 7 * * 1", overlap: "skip", catchUp: "latest" },
    { id: "heartbeat", queue: "webhooks", everyMs: 5 * minuteMs, payload: { ping: true } },
    { id: "old-import", queue: "imports", everyMs: 60 * minuteMs, payload: null },
  ]);
  await store.schedules.pause("old-import");
}

/** A minute's jobs: pushed, claimed and ended. One in twenty fails, and some of those die. */
async function burst(store: Store, minute: number, random: () => number): Promise<void> {
  const count = 4 + Math.floor(random() * 12);
  await store.jobs.pushMany(
    Array.from({ length: count }, (_, i) => ({
      queue: i % 3 === 0 ? "webhooks" : "emails",
      maxAttempts: 2,
      backoff: { initialMs: 1000 },
      payload: {
        to: `user-${minute}-${i}@example.com`,
        template: i % 2 === 0 ? "welcome" : "receipt",
        html: "<script>alert(1)</script>",
      },
    })),
  );
  for (const job of await store.jobs.claim({
    queues: ["emails", "webhooks"],
    limit: count,
    leaseMs: minuteMs,
    holder: "worker-1",
  })) {
    await end(store, job, random());
  }
}

async function end(store: Store, job: ClaimedJob, luck: number): Promise<void> {
  await store.jobs.report(job, {
    progress: { percent: 100 },
    log: [{ message: `attempt ${job.attempts}`, data: { luck } }],
  });
  const message = "550 mailbox unavailable";
  const error = { name: "SmtpError", message, stack: "SmtpError: 550\n    at send (mail.ts:12)" };
  if (luck > 0.08) await store.jobs.complete(job, { result: { status: 250, took: Math.round(luck * 900) } });
  else await store.jobs.fail(job, { error });
}

async function waiting(store: Store): Promise<void> {
  const images = Array.from({ length: 60 }, (_, i) => ({
    queue: "thumbnails",
    group: `tenant-${i % 5}`,
    priority: i % 3,
    payload: { image: `${i}.png` },
  }));
  const later = Array.from({ length: 12 }, (_, i) => ({
    queue: "imports",
    delayMs: (i + 1) * 10 * minuteMs,
    payload: { file: `part-${i}.csv` },
  }));
  await store.jobs.pushMany([
    ...images,
    ...later,
    { queue: "reports", payload: { report: "quarter" }, uniqueKey: "quarter" },
  ]);
  const canceled = await store.jobs.push({ queue: "imports", payload: { file: "wrong.csv" } });
  await store.jobs.cancel(canceled.id);
}

async function graphOfJobs(store: Store): Promise<void> {
  await store.jobs.pushMany([
    { id: "import-fetch", queue: "imports", payload: { url: "https://example.com/data.csv" } },
    { id: "import-parse", queue: "imports", after: ["import-fetch"] },
    { id: "import-load", queue: "imports", after: ["import-parse"] },
    { id: "import-report", queue: "reports", after: ["import-load", "import-parse"] },
  ]);
}

async function runningJob(store: Store): Promise<void> {
  const [job] = await store.jobs.claim({
    queues: ["thumbnails"],
    limit: 1,
    leaseMs: 60 * minuteMs,
    holder: "worker-2",
  });
  if (job === undefined) return;
  const log = ["opened the image", "scaled to 320 px", "scaled to 640 px"].map((message, step) => ({
    message,
    data: { step },
  }));
  await store.jobs.report(job, { progress: { percent: 60, step: "640 px" }, log });
}
