import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FeedEntry } from "../../src/history/index.ts";
import { openStore, type Store } from "../../src/index.ts";
import { urlOf } from "../database/support.ts";
import { describeOnServers, type FreshDatabase } from "../support/databases.ts";

describeOnServers("the order of all entries", (fresh) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await fresh.prepared());
  });
  afterAll(() => store.close());

  test("entries of a transaction that commits later than younger ones are read, once, and in their order", async () => {
    for (const id of ["a", "b", "both"]) await store.executions.create({ id });
    const reader = new Reader(store);
    await using older = await begin(fresh);
    await store.within(older.client).history.append("a", [{ kind: "older 1" }]);
    await store.history.append("b", [{ kind: "younger 1" }]);
    await store.history.append("both", [{ kind: "younger 2" }]);
    await store.within(older.client).history.append("both", [{ kind: "older 2" }]);

    await reader.read();
    expect(reader.kinds()).toEqual([]);
    await older.client.query("commit");
    await reader.read();
    // The older transaction's second entry comes after the younger one's, whose number in that execution is smaller.
    expect(reader.kinds()).toEqual(["older 1", "younger 1", "younger 2", "older 2"]);
    expect(reader.numbersOf("both")).toEqual([1, 2]);
    await reader.read();
    expect(reader.kinds()).toHaveLength(4);
  });

  test("a transaction that only reads holds nothing back", async () => {
    await store.executions.create({ id: "free" });
    const reader = new Reader(store, (await store.history.readAll({ limit: 1000 })).next);
    await using other = await begin(fresh);
    await store.within(other.client).executions.get("free");
    await store.history.append("free", [{ kind: "free" }]);
    await reader.read();
    expect(reader.kinds()).toEqual(["free"]);
  });

  test("a subscription gives entries that were held back when the transaction ends, of which nothing tells", async () => {
    await store.executions.create({ id: "held" });
    const after = (await store.history.readAll({ limit: 1000 })).next;
    await using other = await begin(fresh);
    await other.client.query("select pg_current_xact_id()");
    const entries = store.history.subscribeAll({ after })[Symbol.asyncIterator]();
    const next = entries.next();
    await store.history.append("held", [{ kind: "held" }]);
    expect((await store.history.readAll({ after })).items).toEqual([]);
    await other.client.query("rollback");
    expect(await next).toMatchObject({ value: { kind: "held" } });
    await entries.return?.();
  });

  test("an entry that no notification tells of is found by polling", async () => {
    await store.executions.create({ id: "quiet" });
    await store.history.append("quiet", [{ kind: "first" }]);
    const entries = store.history.subscribe("quiet", { from: 2, pollMs: 10 })[Symbol.asyncIterator]();
    const next = entries.next();
    await using other = await begin(fresh);
    await other.client.query(
      `insert into holdfast.history_entries (execution_id, number, transaction, kind, recorded_at)
       values ('quiet', 2, pg_current_xact_id(), 'quiet', now())`,
    );
    await other.client.query("commit");
    expect(await next).toMatchObject({ value: { number: 2, kind: "quiet" } });
    await entries.return?.();
  });

  test("many writers with savepoints and rollbacks: whoever reads on misses nothing and sees nothing twice", async () => {
    const executions = Array.from({ length: 8 }, (_, i) => `hunt-${i}`);
    for (const id of executions) await store.executions.create({ id });
    const reader = new Reader(store, (await store.history.readAll({ limit: 1000 })).next);
    const committed: string[] = [];
    const writing = new Set(Array.from({ length: 16 }, (_, i) => i));
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const kinds = await store
          .transaction((tx) => writeOnce(tx, { executions, name: `${writer}.${round}` }))
          .catch(ignoreUndo);
        committed.push(...kinds);
      }
      writing.delete(writer);
    };
    const reading = async (): Promise<void> => {
      while (writing.size > 0) await reader.read();
    };
    await Promise.all([reading(), ...Array.from(writing, write)]);
    await reader.read();

    expect(committed.length).toBeGreaterThan(100);
    expect(reader.kinds().toSorted()).toEqual(committed.toSorted());
    for (const id of executions) {
      const numbers = reader.numbersOf(id);
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
    const places = reader.seen.map((entry) => entry.cursor.split("-").map(Number));
    expect(places).toEqual(places.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => (a === c ? b - d : a - c)));
  });
});

/** Reads on from where it was. */
class Reader {
  readonly seen: FeedEntry[] = [];
  readonly #store: Store;
  #after: string | undefined;

  constructor(store: Store, after?: string) {
    this.#store = store;
    this.#after = after;
  }

  /** Reads all there is. */
  async read(): Promise<void> {
    for (;;) {
      const { items, next } = await this.#store.history.readAll({ after: this.#after, limit: 50 });
      if (items.length === 0) return;
      this.seen.push(...items);
      this.#after = next;
    }
  }

  kinds(): readonly string[] {
    return this.seen.map((entry) => entry.kind);
  }

  numbersOf(executionId: string): readonly number[] {
    return this.seen.filter((entry) => entry.executionId === executionId).map((entry) => entry.number);
  }
}

/** A transaction on a connection of its own. */
async function begin(fresh: FreshDatabase): Promise<AsyncDisposable & { readonly client: pg.Client }> {
  const client = new pg.Client(await urlOf(fresh));
  await client.connect();
  await client.query("begin");
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

type Tx = Parameters<Parameters<Store["transaction"]>[0]>[0];

/** Appends to a few executions, partly behind savepoints, and undoes some of those. Returns the kinds that stay if it commits. */
async function writeOnce(
  tx: Tx,
  { executions, name }: { readonly executions: readonly string[]; readonly name: string },
): Promise<readonly string[]> {
  const kinds: string[] = [];
  // In the order of the executions, so that the writers do not wait for each other in a circle.
  for (const [i, id] of executions.entries()) {
    const chance = Math.random();
    if (chance < 0.6) continue;
    const kind = `${name}.${i}`;
    const append = async (handle: Tx): Promise<unknown> => handle.history.append(id, [{ kind }]);
    if (chance < 0.7) await tx.transaction((inner) => append(inner).then(undo)).catch(ignoreUndo);
    else if (chance < 0.8) await tx.transaction(append);
    else await append(tx);
    if (chance >= 0.7) kinds.push(kind);
  }
  if (Math.random() < 0.2) undo();
  return kinds;
}

class UndoError extends Error {}

function undo(): never {
  throw new UndoError("undo");
}

function ignoreUndo(error: unknown): readonly string[] {
  if (error instanceof UndoError) return [];
  throw error;
}
