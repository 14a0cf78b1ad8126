import { afterAll, beforeAll, expect, test } from "vitest";
import { type JobHandler, openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { until, withResolvers } from "../support/waiting.ts";
import { workOn } from "../support/work-on.ts";

describeOnEach("the handler of a job", (database) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
  });
  afterAll(() => store.close());

  const cancellations: readonly [
    string,
    (store: Store, job: { readonly id: string; readonly queue: string }) => Promise<unknown>,
  ][] = [
    ["by its id", ({ jobs }, { id }) => jobs.cancel(id)],
    ["with all of its queue", ({ jobs }, { queue: name }) => jobs.cancelAll({ queue: name })],
    ["in a step of its execution", ({ executions }, { id }) => executions.transition(`of ${id}`, { cancelJobs: [id] })],
    ["with its execution", ({ executions }, { id }) => executions.cancel(`of ${id}`)],
    ["in a transaction", (of, { id }) => of.transaction((tx) => tx.jobs.cancel(id))],
  ];
  test.each(cancellations)("aborts at once the handler of a job that another cancels %s", async (_how, cancel) => {
    const started = withResolvers();
    const aborted = withResolvers();
    const handler: JobHandler = async (_job, { signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      started.resolve();
      await aborted.promise;
    };
    // A notification aborts it: no heartbeat does within the time of a test.
    const { name, worker } = await workOn(store, handler, { leaseMs: 3_600_000 });
    // Of another process, where there can be one.
    const options = await database.options();
    const other = "url" in options ? await openStore(options) : null;
    const id = `${name}/1`;
    await store.executions.create({ id: `of ${id}` });
    await store.jobs.push({ id, queue: name, executionId: `of ${id}` });
    await started.promise;
    await cancel(other ?? store, { id, queue: name });
    await aborted.promise;
    await worker.stop();
    await other?.close();
    expect((await store.jobs.require(id)).status).toBe("canceled");
  });

  test("is warned of once where it throws and nobody is told", async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): unknown => warning.name === "HoldfastWarning" && warnings.push(warning);
    process.on("warning", hear);
    const { name, worker } = await workOn(store, async ({ id }) => {
      throw new RangeError(`by ${id}`);
    });
    await store.jobs.pushMany(["1", "2"].map((n) => ({ id: `${name}/${n}`, queue: name, maxAttempts: 1 })));
    await until(async () => (await store.queues.counts(name)).dead === 2);
    await worker.stop();
    process.off("warning", hear);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toMatch(/^A worker has no onError/);
    expect(warnings[0]).toMatchObject({ detail: expect.stringContaining(`RangeError: by ${name}/1`) as string });
  });

  test("completes its job in a step of its execution, and keeps nothing that its handler returns then", async () => {
    const executionId = "of a job";
    await store.executions.create({ id: executionId });
    const { name, worker } = await workOn(store, async (_job, context) => {
      await context.transition({ history: [{ kind: "begun" }] });
      const made = await context.complete("mine", { step: { history: [{ kind: "done" }] } });
      return made?.entries;
    });
    const { id } = await store.jobs.push({ queue: name, executionId });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    await worker.stop();
    expect((await store.jobs.require(id)).result).toBe("mine");
    expect(await store.history.count(executionId)).toBe(2);
  });

  test("completes its job in a transaction, which undoes it where it fails", async () => {
    const errors: string[] = [];
    const { name, worker } = await workOn(
      store,
      async ({ attempts }, context) =>
        store.transaction(async (tx) => {
          await tx.kv.set({ prefix: name, key: "tries", value: Uint8Array.of(attempts) });
          await context.complete(attempts, { tx });
          if (attempts === 1) throw new RangeError("undone");
          return "not this";
        }),
      { onError: (error) => errors.push(String(error)) },
    );
    const { id } = await store.jobs.push({ queue: name, backoff: { initialMs: 1 } });
    await until(async () => (await store.jobs.require(id)).status === "succeeded");
    await worker.stop();
    expect(errors).toEqual(["RangeError: undone"]);
    expect(await store.jobs.require(id)).toMatchObject({ attempts: 2, result: 2 });
    expect((await store.kv.get(name, "tries"))?.value).toEqual(Uint8Array.of(2));
  });

  test("fails and releases its job", async () => {
    let runs = 0;
    const { name, worker } = await workOn(store, async (_job, { fail, release }) => {
      if (++runs === 1) return release();
      return fail(new RangeError("no"), { final: true });
    });
    const { id } = await store.jobs.push({ queue: name });
    await until(async () => (await store.jobs.require(id)).status === "dead");
    await worker.stop();
    expect(runs).toBe(2);
    expect(await store.jobs.require(id)).toMatchObject({ attempts: 1, error: { name: "RangeError" } });
  });

  test("is told by an error that its claim is lost, and that its job has no execution", async () => {
    const hintOutcome: unknown[] = [];
    const { name, worker } = await workOn(store, async ({ id }, context) => {
      hintOutcome.push(await context.complete(1, { step: {} }).catch((error: unknown) => error));
      hintOutcome.push(await context.complete(1, { within: 1 } as never).catch((error: unknown) => error));
      hintOutcome.push(await context.complete(1, { tx: 1 } as never).catch((error: unknown) => error));
      await store.jobs.cancel(id);
      hintOutcome.push(await context.complete(1).catch((error: unknown) => error));
      hintOutcome.push(await context.release().catch((error: unknown) => error));
    });
    await store.jobs.push({ queue: name });
    await until(() => hintOutcome.length === 5);
    await worker.stop();
    expect(hintOutcome).toMatchObject([
      { code: "invalid_input", facts: { field: "step" } },
      { code: "invalid_input", facts: { field: "within" } },
      { code: "invalid_input", facts: { field: "tx" } },
      { code: "lease_lost", facts: { entity: "job" } },
      { code: "lease_lost", facts: { entity: "job" } },
    ]);
  });
});
