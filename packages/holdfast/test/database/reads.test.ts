import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { Read } from "../../src/transactions/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { type FaultProxy, faultProxy } from "../support/fault-proxy.ts";
import { portOf, urlOf } from "./support.ts";

describeOnServers("reads together", (fresh) => {
  let proxy: FaultProxy;
  let store: Store;

  beforeAll(async () => {
    proxy = await faultProxy(await portOf(fresh));
    store = await openStore({ url: await urlOf(fresh, proxy.port), poolMax: 1, poolMin: 1 });
    await store.executions.create({ id: "e" });
    await store.tasks.save({ id: "t", executionId: "e", name: "one" });
    await store.history.append("e", [{ kind: "began" }]);
  });
  afterAll(async () => {
    await store.close();
    await proxy.close();
  });

  /** How many round trips the reads take, once the connection knows their statements. */
  const roundTrips = async (reads: readonly Read[]): Promise<number> => {
    await store.read(reads);
    const before = proxy.roundTrips;
    await store.read(reads);
    return proxy.roundTrips - before;
  };

  test("take one round trip, whatever they read", async () => {
    const reads: readonly Read[] = [
      ({ executions }) => executions.get("e"),
      ({ executions }) => executions.list({ status: ["pending", "running"] }),
      ({ tasks }) => tasks.tree("t"),
      ({ kv }) => kv.get("p", "k"),
      ({ jobs }) => jobs.list({ queue: "q" }),
      ({ history }) => history.read("e"),
    ];
    expect(await roundTrips(reads)).toBe(1);
    expect(await roundTrips(reads.slice(0, 1))).toBe(1);
  });

  test("send nothing where one of them is refused before", async () => {
    const before = proxy.roundTrips;
    await expect(store.read([({ kv }) => kv.get("p", "k"), ({ jobs }) => jobs.get("")])).rejects.toThrow(/id/);
    await expect(store.read([])).resolves.toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.roundTrips).toBe(before);
  });

  test("on a transaction are one round trip of it", async () => {
    await store.transaction(async (tx) => {
      const reads: readonly Read[] = [
        ({ executions }) => executions.get("e"),
        ({ tasks }) => tasks.list({ executionId: "e" }),
      ];
      await tx.read(reads);
      const before = proxy.roundTrips;
      await tx.read(reads);
      expect(proxy.roundTrips - before).toBe(1);
    });
  });
});
