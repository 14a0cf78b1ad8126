import { expect, onTestFinished, test } from "vitest";
import { openStore, startWorker } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until } from "../support/waiting.ts";

// After an outage that outlasted its leases, a worker may get the very jobs that it still works on.

const leaseMs = 6000;

describeOnEach("a worker that gets a job again before it has noticed that it lost it", (database) => {
  test("aborts its former handler, and keeps the new lease alive to the end", async () => {
    const store = await openStore(await database.prepared());
    onTestFinished(() => store.close());
    const said: string[] = [];
    const worker = await startWorker(store, {
      queues: {
        q: async (job, { signal }) => {
          const name = `${said.length}`;
          said.push(`begin ${name}`);
          // The former ends in the middle of the latter, which goes on until that is renewed.
          await until(() => said.length === (name === "0" ? 2 : 3));
          const isRenewed = async () => Number((await store.jobs.require(job.id)).leaseUntil) > Number(job.leaseUntil);
          if (name === "1") await until(isRenewed);
          said.push(`end ${name}${signal.aborted ? " aborted" : ""}`);
          return job.token.toString();
        },
      },
      leaseMs,
      pollMs: 20,
    });
    const { id } = await store.jobs.push({ queue: "q", maxAttempts: 2 });
    await until(() => said.length === 1);
    // As if the lease had run out: the claim is lost at once, and the job can be claimed.
    await store.jobs.cancel(id);
    await store.jobs.retry(id);
    await until(() => said.length === 4);
    await worker.stop();
    expect(said).toEqual(["begin 0", "begin 1", "end 0 aborted", "end 1"]);
    expect(await store.jobs.require(id)).toMatchObject({ status: "succeeded", attempts: 1 });
  });
});
