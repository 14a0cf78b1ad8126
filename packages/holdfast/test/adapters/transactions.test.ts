import { inspect } from "node:util";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fromDrizzle } from "../../src/adapters/drizzle.ts";
import { newId, openStore, type Store, type Transaction } from "../../src/index.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { type Library, onPglite, onServers } from "./libraries.ts";
import { exercise } from "./sharing.ts";

// What differs between servers is not the libraries' concern.
const server = databases().at(-1);

/** What holds for the transactions of every library. */
function promises(open: () => Promise<Library>): void {
  let library: Library;
  let store: Store;

  beforeAll(async () => {
    library = await open();
    store = await openStore(library.store);
    await store.transaction((tx) => tx.query("create table if not exists invoices (id text primary key)"));
  });
  afterAll(async () => {
    await store.close();
    await library.close();
  });

  const invoices = async (ids: readonly string[]): Promise<readonly string[]> => {
    const found = await store.transaction((tx) =>
      tx.query<{ id: string }>("select id from invoices where id = any($1) order by id", [ids]),
    );
    return found.rows.map(({ id }) => id);
  };

  test("commits both, or neither when it throws", async () => {
    const [kept, undone] = [newId(), newId()];
    const push = (id: string, fails: boolean): Promise<unknown> =>
      library.transaction(async ({ client, insert }) => {
        await insert(id);
        await store.within(client).jobs.push({ id, queue: "mail", payload: { id } });
        if (fails) throw new Error("no");
      });
    await push(kept, false);
    await expect(push(undone, true)).rejects.toThrow("no");
    expect(await invoices([kept, undone])).toEqual([kept]);
    expect(await store.jobs.get(kept)).toMatchObject({ payload: { id: kept } });
    expect(await store.jobs.get(undone)).toBeNull();
  });

  test("has the same values as a transaction of the store", async () => {
    const ids = [newId(), newId()] as const;
    const own = await store.transaction((tx) => exercise(tx, ids[0]));
    const joined = await library.transaction(({ client }) => exercise(store.within(client), ids[1]));
    const shown = (result: unknown, id: string): string => inspect(result, { depth: null }).replaceAll(id, "id");
    expect(shown(joined, ids[1])).toBe(shown(own, ids[0]));
  });

  test("goes on after a call that failed in a nested transaction, and runs the application's own SQL", async () => {
    const id = newId();
    const seen = await library.transaction(async ({ client, insert, savepoint }) => {
      await insert(id);
      const tx = store.within(client);
      const behindSavepoint = async (work: (nested: Transaction) => Promise<unknown>): Promise<void> => {
        const nested = async (inner: Transaction): Promise<void> => void (await work(inner));
        await (savepoint ? savepoint((inner) => nested(store.within(inner))) : tx.transaction(nested));
      };
      const twice = behindSavepoint(async (nested) => {
        await nested.query("insert into invoices values ($1)", [`${id}/2`]);
        await nested.query("insert into invoices values ($1)", [id]);
      });
      const facts = { sqlstate: "23505", constraint: "invoices_pkey", table: "invoices" };
      await expect(twice).rejects.toMatchObject({ code: "duplicate", facts });
      const several = behindSavepoint((nested) => nested.query("select 1; select 2"));
      await expect(several).rejects.toMatchObject({ facts: { field: "text", sqlstate: "42601" } });
      await expect(tx.query("commit")).rejects.toMatchObject({ facts: { field: "text", command: "COMMIT" } });
      await tx.kv.set({ prefix: "p", key: id, value: new Uint8Array([1]) });
      return tx.query("select id, $2::int + 1 as two from invoices where id like $1", [`${id}%`, 1]);
    });
    expect(seen).toEqual({ rows: [{ id, two: 2 }], rowCount: 1 });
    expect(await store.kv.get("p", id)).toMatchObject({ value: new Uint8Array([1]) });
  });
}

describe("a transaction of PGlite", () => {
  promises(onPglite);

  test("tells the workers of its process of new work when the caller says that it is committed", async () => {
    const library = await onPglite();
    onTestFinished(async () => void (await library.close()));
    await using store = await openStore(library.store);
    const heard: (string | null)[] = [];
    const stop = await store.onHint((topic) => heard.push(topic));
    const { joined } = await library.transaction(async ({ client }) => {
      const tx = store.within(client);
      await tx.jobs.push({ queue: "mail" });
      return { joined: tx };
    });
    expect(heard).toEqual([]);
    joined.committed();
    joined.committed();
    expect(heard).toEqual(["jobs:mail"]);
    await stop();
  });
});

describeOnEach(
  "a transaction of",
  (database) => {
    const url = async (): Promise<string> => {
      const options = await database.prepared();
      if (!("url" in options)) throw new Error("This test needs a server.");
      return options.url;
    };
    for (const [name, open] of Object.entries(onServers)) {
      describe(name, () => {
        promises(async () => open(await url()));
      });
    }

    // A client of postgres.js does not know of its end, and a transaction of it cannot be mistaken: its type is another.
    const { "postgres.js": _, ...telling } = onServers;

    test.for(Object.entries(telling))("%s is refused once it has ended, and before it begins", async ([, open]) => {
      const library = await open(await url());
      onTestFinished(async () => void (await library.close()));
      await using store = await openStore(library.store);
      const { tx } = await library.transaction(async ({ client }) => ({ tx: store.within(client) }));
      await expect(tx.kv.get("p", "k")).rejects.toMatchObject({ code: "invalid_input", facts: { field: "client" } });
      await expect(library.mistaken?.()).rejects.toMatchObject({ code: "invalid_input" });
    });

    test("a pool that is not shareable is said to be", async () => {
      const pool = new pg.Pool({ connectionString: await url() });
      const found = drizzle(pool).transaction((tx) => fromDrizzle(tx));
      await expect(found).rejects.toMatchObject({ code: "invalid_input", facts: { field: "pool" } });
      await pool.end();
    });
  },
  (name) => name === server?.name,
);
