import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckpointInput, CheckpointWritesInput } from "../../src/checkpoints/index.ts";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

// A lone checkpoint, and the lone writes of a task, have statements of their own. Each scenario runs alone, and twice beside another.

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

type Written = Omit<CheckpointInput, "thread" | "namespace" | "state"> & { readonly state?: Uint8Array };
type Added = Omit<CheckpointWritesInput, "thread" | "namespace">;

const state = bytes("state");
const part = (name: string, version: string, value?: string): NonNullable<CheckpointInput["parts"]>[number] => ({
  name,
  version,
  ...(value === undefined ? {} : { value: bytes(value), manifest: `of ${name}` }),
});
const added = (id: string, numbers: readonly number[], value: string): Added => ({
  id,
  task: "t",
  path: "p",
  writes: numbers.map((number) => ({ number, name: `n${number}`, value: bytes(value), manifest: "m" })),
});

const first: Written = { id: "1", parts: [part("a", "1", "a1"), part("b", "1", "b1")], labels: { step: 1 } };
const second: Written = { id: "2", parentId: "1", parts: [part("a", "2", "a2"), part("b", "1")] };

describeOnEach("a checkpoint by itself comes to the same as one of a batch", (fresh) => {
  let store: Store;
  let sent: string[] = [];
  beforeAll(async () => {
    store = await openStore({ ...(await fresh.prepared()), onStatement: ({ statement }) => sent.push(statement) });
  });
  afterAll(() => store.close());

  const scenarios: readonly (readonly [string, readonly (Written | Added)[]])[] = [
    ["without parts", [{ id: "1", manifest: "m", labels: { a: "b" } }]],
    ["with parts of its own", [first]],
    ["that shares a part of its parent", [first, second]],
    ["that shares what its parent shares", [first, second, { id: "3", parentId: "2", parts: [part("b", "1")] }]],
    ["that only shares", [first, { id: "2", parentId: "1", parts: [part("b", "1"), part("a", "1")] }]],
    ["that shares without a parent", [first, { id: "2", parts: [part("a", "1"), part("b", "7")] }]],
    ["whose parent has another version", [first, second, { id: "3", parentId: "2", parts: [part("a", "1")] }]],
    ["whose parent is missing", [first, { id: "2", parentId: "9", parts: [part("a", "1"), part("c", "1", "c")] }]],
    ["that takes another's place", [first, second, { id: "2", parentId: null, parts: [part("a", "2", "new")] }]],
    ["with writes", [first, added("1", [0, 1, -1], "x")]],
    ["with writes that come again", [first, added("1", [0, -1], "x"), added("1", [0, -1, 2], "y")]],
    ["that comes after its writes", [added("1", [0], "x"), first]],
    ["of a thread that expires", [{ ...first, ttlMs: 60_000 }, second, { ...added("2", [0], "x"), ttlMs: 120_000 }]],
  ];

  test.each(scenarios)("%s", async (name, calls) => {
    const [alone = "", ...beside] = ["alone", "first", "second"].map((thread) => `${name} ${thread}`);
    const make = (thread: string, call: Written | Added): Promise<void> =>
      "task" in call
        ? store.checkpoints.addWrites({ thread, ...call })
        : store.checkpoints.write({ thread, state, ...call });
    sent = [];
    for (const call of calls) await make(alone, call);
    expect(sent.filter((statement) => statement.startsWith("checkpoints/"))).toEqual(
      calls.map((call) => `checkpoints/${"task" in call ? "addPendingWritesAlone" : "writeCheckpointAlone"}`),
    );
    sent = [];
    for (const call of calls) await Promise.all(beside.map((thread) => make(thread, call)));
    expect(sent.filter((statement) => statement.startsWith("checkpoints/"))).toEqual(
      calls.map((call) => `checkpoints/${"task" in call ? "addPendingWrites" : "writeCheckpoints"}`),
    );
    const left = await Promise.all([alone, ...beside].map(leftOf));
    expect(left).toEqual(left.map(() => left[0]));
  });

  /** What a thread has: its checkpoints, its pending writes, and whether it expires. */
  const leftOf = async (thread: string): Promise<unknown> => {
    const checkpoints: unknown[] = [];
    for await (const { thread: _thread, createdAt: _createdAt, ...found } of store.checkpoints.iterate({ thread })) {
      checkpoints.push(found);
    }
    const { rows } = await store.transaction((tx) =>
      tx.query(
        `select round(extract(epoch from expires_at - created_at) / 60)::int8 as minutes,
           (select count(*) from holdfast.checkpoint_parts where thread = $1) as parts,
           (select count(*) from holdfast.checkpoint_writes where thread = $1) as writes
         from holdfast.checkpoint_threads where thread = $1`,
        [thread],
      ),
    );
    return { checkpoints, rows };
  };
});
