// What the READMEs of Nebula's storage crates do, done with Holdfast; docs/coming-from/nebula.md has the calls side by side.
//
//   npx tsx examples/from-nebula.ts             in memory, without a server
//   DATABASE_URL=postgres://… npx tsx examples/from-nebula.ts
import { openStore } from "holdfast";

const url = process.env["DATABASE_URL"];
const store = await openStore(url === undefined ? { memory: true } : { url });

// run_migrations: opening did it; to make them again changes nothing.
console.log(`migrations to apply: ${(await store.migrate()).length}`);

// save_workflow, get_workflow, list_workflows.
const document = { steps: [{ id: "resize", plugin: "image" }] };
const workflow = await store.definitions.publish({ name: "thumbnails", document, status: "active" });
const latest = await store.definitions.require("thumbnails", "latest");
console.log(`workflow: ${latest.name}, newest: ${latest.version === workflow.version}, ${latest.status}`);

// create_execution, and update_executions as one batch.
const created = await store.executions.createMany([
  { definition: { name: "thumbnails", version: workflow.version }, input: { image: 1 } },
  { definition: { name: "thumbnails", version: workflow.version }, input: { image: 2 } },
]);
await store.executions.saveMany(
  created.map(({ execution }) => ({ id: execution.id, status: "running", state: { at: "resize" } })),
);

// push_jobs: a lower priority number comes first. A queue of this run's own, so that another run's jobs stay where they are.
const queue = `resize:${workflow.version}`;
await store.jobs.pushMany(
  created.map(({ execution }, i) => ({
    queue,
    executionId: execution.id,
    payload: { step: "resize" },
    priority: -i,
    maxAttempts: 3,
    backoff: { initialMs: 1000, maxMs: 60_000 },
  })),
);

// claim_job, for several jobs at a time: in order, and under a lease.
const [urgent, other] = await store.jobs.claim({ queues: [queue], limit: 10, leaseMs: 30_000, holder: "worker-1" });
if (urgent === undefined || other === undefined) throw new Error("Two jobs were pushed, and fewer were claimed.");
console.log(`claimed first: the one of image ${urgent.executionId === created[1]?.execution.id ? 2 : 1}`);

// complete_job and update_execution in one step, which counts only while the claim holds.
await store.executions.transition(String(urgent.executionId), {
  status: "succeeded",
  output: { bytes: 512 },
  complete: [{ claim: urgent, result: { bytes: 512 } }],
});
// A failed job waits longer after each attempt, and ends among the dead letters.
const failed = await store.jobs.fail(other, { error: { message: "no such image" } });
console.log(`failed once: ${failed.ok ? failed.status : "claim lost"}`);
// Its former claim counts no more.
console.log(`completed by the stale claim: ${(await store.jobs.complete(other)).ok}`);
const { succeeded, scheduled } = await store.queues.counts(queue);
console.log(`jobs: ${succeeded} succeeded, ${scheduled} waiting for another attempt`);

// get_execution.
const done = await store.executions.require(String(urgent.executionId));
console.log(`execution: ${done.status}, output: ${JSON.stringify(done.output)}`);

// upload, exists, download: with a MinIO, openStore({ blobs: { backend: { s3: { bucket, endpoint } } } }), and the rest is the same.
const key = `thumbnails/${done.id}/large-file.bin`;
const large = new Uint8Array(6 * 1024 * 1024).fill(7);
const blob = await store.blobs.upload(key, large, { contentType: "application/octet-stream", ttlMs: 60_000 });
console.log(`uploaded ${blob.size} bytes, there: ${await store.blobs.exists(key)}`);
const same = Buffer.compare(await store.blobs.bytes(key), large) === 0;
console.log(`downloaded the same: ${same}`);
// An ended execution is frozen, except for its labels.
await store.executions.transition(done.id, { labels: { artifact: key } });

await store.close();
