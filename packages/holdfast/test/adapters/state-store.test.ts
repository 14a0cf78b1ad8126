import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DurableState, stateStore, type StateStore, stateStoreOn } from "../../src/adapters/store.ts";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";

const typeUrl = "type.googleapis.com/billing.AccountState";

function stateAt(versionNumber: bigint, changes: Partial<DurableState> = {}): DurableState {
  const value = new TextEncoder().encode(`state ${versionNumber}`);
  const resultingState = { typeUrl, value };
  return {
    persistenceId: "account-42",
    versionNumber,
    resultingState,
    timestamp: 1_700_000_000_000n,
    shard: 7n,
    ...changes,
  };
}

const notConnected = { code: "unavailable", facts: { connected: false } };

describeOnEach("eGo's state store", (database) => {
  let store: Store;
  let states: StateStore;
  beforeAll(async () => {
    store = await openStore(await database.prepared());
    states = stateStoreOn(store);
    await states.connect();
  });
  afterAll(() => store.close());

  test("gives back what was written, and null for what was not", async () => {
    const state = stateAt(2n, { persistenceId: randomUUID() });
    expect(await states.getLatestState(state.persistenceId)).toBeNull();
    await states.writeState(state);
    expect(await states.getLatestState(state.persistenceId)).toEqual(state);
  });

  test("keeps what was given, whatever becomes of the caller's bytes", async () => {
    const state = stateAt(1n, { persistenceId: randomUUID() });
    const kept = state.resultingState.value.slice();
    const writing = states.writeState(state);
    state.resultingState.value.fill(0);
    await writing;
    expect((await states.getLatestState(state.persistenceId))?.resultingState.value).toEqual(kept);
  });

  test("reads a snapshot that was written otherwise", async () => {
    const persistenceId = randomUUID();
    await store.snapshots.write({ persistenceId, version: 1n, payload: new Uint8Array([1]) });
    const resultingState = { typeUrl: "", value: new Uint8Array([1]) };
    expect(await states.getLatestState(persistenceId)).toEqual(
      stateAt(1n, { persistenceId, resultingState, timestamp: 0n, shard: 0n }),
    );
  });

  test("keeps the name of a type, also one that is registered elsewhere or bare", async () => {
    const persistenceId = randomUUID();
    const names = [
      ["types.example.org/billing.AccountState", "types.example.org/billing.AccountState"],
      ["billing.AccountState", typeUrl],
    ] as const;
    for (const [i, [given, expected]] of names.entries()) {
      const resultingState = { typeUrl: given, value: new Uint8Array([i]) };
      await states.writeState(stateAt(BigInt(i), { persistenceId, resultingState }));
      expect((await states.getLatestState(persistenceId))?.resultingState).toEqual({
        ...resultingState,
        typeUrl: expected,
      });
    }
    expect((await store.snapshots.require(persistenceId)).manifest).toBe("billing.AccountState");
  });

  test("lets a newer version win, takes the same one again, and refuses an older or a different one", async () => {
    const persistenceId = randomUUID();
    const five = stateAt(5n, { persistenceId });
    await states.writeState(five);
    await states.writeState(five);
    await expect(states.writeState(stateAt(3n, { persistenceId }))).rejects.toMatchObject({ code: "conflict" });
    const other = stateAt(5n, { persistenceId, resultingState: { typeUrl, value: new Uint8Array() } });
    await expect(states.writeState(other)).rejects.toMatchObject({ code: "conflict" });
    expect(await states.getLatestState(persistenceId)).toEqual(five);
    await states.writeState(stateAt(2n ** 63n - 1n, { persistenceId }));
    expect((await states.getLatestState(persistenceId))?.versionNumber).toBe(2n ** 63n - 1n);
  });

  test("ends with the newest of versions that are written at once", async () => {
    const persistenceId = randomUUID();
    const versions = Array.from({ length: 30 }, (_, i) => BigInt((i * 7) % 30));
    const written = await Promise.allSettled(
      versions.map((version) => states.writeState(stateAt(version, { persistenceId }))),
    );
    const reasons = written.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    for (const reason of reasons) expect(reason).toMatchObject({ code: "conflict" });
    expect((await states.getLatestState(persistenceId))?.versionNumber).toBe(29n);
  });

  test("names what is wrong, and writes nothing", async () => {
    const persistenceId = randomUUID();
    const wrong: readonly (readonly [string, unknown])[] = [
      ["state", null],
      ["state", undefined],
      ["persistenceId", stateAt(1n, { persistenceId: "" })],
      ["versionNumber", { ...stateAt(1n, { persistenceId }), versionNumber: "1" }],
      ["versionNumber", { ...stateAt(1n, { persistenceId }), versionNumber: 1.5 }],
      ["versionNumber", stateAt(-1n, { persistenceId })],
      ["versionNumber", stateAt(2n ** 63n, { persistenceId })],
      ["resultingState", { ...stateAt(1n, { persistenceId }), resultingState: null }],
      [
        "resultingState.typeUrl",
        stateAt(1n, { persistenceId, resultingState: { typeUrl: "", value: new Uint8Array() } }),
      ],
      ["resultingState.value", stateAt(1n, { persistenceId, resultingState: { typeUrl, value: "x" as never } })],
      ["timestamp", { ...stateAt(1n, { persistenceId }), timestamp: "1" }],
      ["timestamp", { ...stateAt(1n, { persistenceId }), timestamp: undefined }],
      ["timestamp", { ...stateAt(1n, { persistenceId }), timestamp: null }],
      ["shard", { ...stateAt(1n, { persistenceId }), shard: undefined }],
      ["shard", stateAt(1n, { persistenceId, shard: -1n })],
    ];
    for (const [field, state] of wrong) {
      await expect(states.writeState(state as DurableState), field).rejects.toMatchObject({
        code: "invalid_input",
        facts: { field },
      });
    }
    await expect(states.getLatestState("")).rejects.toMatchObject({ facts: { field: "persistenceId" } });
    expect(await states.getLatestState(persistenceId)).toBeNull();
  });

  test("is not connected before connect and after disconnect, which is not the same as missing", async () => {
    const own = stateStore(await database.options());
    await own.disconnect();
    await expect(own.getLatestState("nobody")).rejects.toMatchObject(notConnected);
    await expect(own.writeState(stateAt(1n))).rejects.toMatchObject(notConnected);
    await own.connect();
    await own.connect();
    expect(await own.getLatestState("nobody")).toBeNull();
    await own.disconnect();
    await own.disconnect();
    await expect(own.getLatestState("nobody")).rejects.toMatchObject(notConnected);
    // What was closed may be opened again.
    await own.ping();
    await own.ping();
    expect(await own.getLatestState("nobody")).toBeNull();
    await own.disconnect();
  });

  test("lets calls wait for a connect that is under way, and opens once", async () => {
    const own = stateStore(await database.options());
    const connecting = Promise.all([own.connect(), own.connect()]);
    await own.writeState(stateAt(1n, { persistenceId: "waited" }));
    await connecting;
    expect(await own.getLatestState("waited")).toMatchObject({ versionNumber: 1n });
    await own.disconnect();
    const again = own.connect();
    await own.disconnect();
    await again;
    await expect(own.getLatestState("waited")).rejects.toMatchObject(notConnected);
  });

  test("leaves open what was given open", async () => {
    const other = stateStoreOn(store);
    await expect(other.getLatestState("nobody")).rejects.toMatchObject(notConnected);
    await other.connect();
    await other.disconnect();
    await store.ping();
    expect(await states.getLatestState("nobody")).toBeNull();
  });
});

test("a connect that fails says why, and may be made again", async () => {
  const nowhere = stateStore({ url: "postgres://127.0.0.1:1/nowhere" });
  for (const call of [() => nowhere.connect(), () => nowhere.ping(), () => nowhere.connect()]) {
    await expect(call()).rejects.toMatchObject({ code: "unavailable" });
  }
  await expect(nowhere.getLatestState("a")).rejects.toMatchObject(notConnected);
  await nowhere.disconnect();
});
