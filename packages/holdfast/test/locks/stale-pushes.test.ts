import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { JobInput } from "../../src/jobs/index.ts";
import { describeOnServers } from "../support/databases.ts";

// A push in a transaction whose snapshot is older than another session's change of the same jobs.

describeOnServers("pushes in a repeatable read", (database) => {
  let store: Store;
  let url: string;

  beforeAll(async () => {
    const options = await database.prepared();
    if (!("url" in options)) throw new Error("needs a server");
    url = options.url;
    store = await openStore(options);
  });
  afterAll(() => store.close());

  const claimAll = async (queue: string): Promise<Awaited<ReturnType<Store["jobs"]["claim"]>>> =>
    store.jobs.claim({ queues: [queue], limit: 10 });

  const completeAll = async (queue: string): Promise<void> => {
    const claims = await claimAll(queue);
    expect(claims).not.toEqual([]);
    await store.jobs.completeMany(claims.map((claim) => ({ claim })));
  };

  const cases: readonly {
    readonly name: string;
    readonly before?: (queue: string) => Promise<unknown>;
    readonly meanwhile: (queue: string) => Promise<unknown>;
    readonly push: (queue: string) => JobInput;
  }[] = [
    {
      name: "of an id that was pushed meanwhile",
      meanwhile: (queue) => store.jobs.push({ queue, id: `${queue}/a` }),
      push: (queue) => ({ queue, id: `${queue}/a` }),
    },
    {
      name: "of a unique key that was pushed meanwhile",
      meanwhile: (queue) => store.jobs.push({ queue, uniqueKey: "k" }),
      push: (queue) => ({ queue, uniqueKey: "k" }),
    },
    {
      name: "that would replace a job that was claimed meanwhile",
      before: (queue) => store.jobs.push({ queue, uniqueKey: "k" }),
      meanwhile: claimAll,
      push: (queue) => ({ queue, uniqueKey: "k", onConflict: "replace" }),
    },
    {
      name: "that would replace a job that was replaced meanwhile",
      before: (queue) => store.jobs.push({ queue, uniqueKey: "k", debounceMs: 60_000 }),
      meanwhile: (queue) => store.jobs.push({ queue, uniqueKey: "k", debounceMs: 60_000 }),
      push: (queue) => ({ queue, uniqueKey: "k", debounceMs: 60_000 }),
    },
    {
      name: "that would take the key of a job that ended meanwhile",
      before: async (queue) => {
        await store.jobs.push({ queue, uniqueKey: "k", id: `${queue}/a` });
        const [claim] = await claimAll(queue);
        claims.set(queue, claim);
      },
      meanwhile: async (queue) => {
        const claim = claims.get(queue);
        if (claim) expect(await store.jobs.complete(claim)).toMatchObject({ ok: true });
      },
      push: (queue) => ({ queue, uniqueKey: "k", onConflict: "replace" }),
    },
    {
      name: "of a job that comes after one that ended meanwhile",
      before: (queue) => store.jobs.push({ queue, id: `${queue}/a` }),
      meanwhile: completeAll,
      push: (queue) => ({ queue: `${queue}/after`, after: [`${queue}/a`] }),
    },
  ];
  const claims = new Map<string, Awaited<ReturnType<Store["jobs"]["claim"]>>[number] | undefined>();

  test.each(cases.map((each, i) => ({ ...each, queue: `queue-${i}` })))(
    "a push $name fails as a conflict, and changes nothing",
    async ({ before, meanwhile, push, queue }) => {
      await before?.(queue);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      onTestFinished(() => client.end());
      await client.query("begin isolation level repeatable read");
      await client.query("select from holdfast.queues");
      await meanwhile(queue);
      const count = await store.queues.counts(queue);
      const none = await store.queues.counts(`${queue}/after`);
      await expect(store.within(client).jobs.push(push(queue))).rejects.toMatchObject({ cause: { code: "40001" } });
      await client.query("rollback");
      expect(await store.queues.counts(queue)).toEqual(count);
      expect(await store.queues.counts(`${queue}/after`)).toEqual(none);
    },
  );
});
