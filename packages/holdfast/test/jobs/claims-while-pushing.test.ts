import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("a claim of several queues", (database) => {
  let pushing: Store;
  let claiming: Store;
  beforeAll(async () => {
    const options = await database.prepared();
    [pushing, claiming] = await Promise.all([openStore(options), openStore(options)]);
  });
  afterAll(async () => {
    await Promise.all([pushing.close(), claiming.close()]);
  });

  /** Claims until as many are leased as are made, some of them while the claims run. */
  async function leaseAll(make: (n: number) => Promise<unknown>, claim: () => Promise<readonly unknown[]>) {
    let leased = 0;
    for (let n = 0; n < 300; n++) {
      const [, ...claims] = await Promise.all([make(n), claim(), claim()]);
      leased += claims.flat().length;
    }
    return leased + (await claim()).length;
  }

  test("gives all the jobs that it leases, also those that are pushed meanwhile", async () => {
    const leased = await leaseAll(
      () => pushing.jobs.push({ queue: "a" }),
      () => claiming.jobs.claim({ queues: ["a", "b"], limit: 10 }),
    );
    expect(leased).toBe(300);
  });

  test("gives all the executions that it leases, as they were when it leased them", async () => {
    const leased = await leaseAll(
      (n) => pushing.executions.create({ id: `x${n}`, queue: "a" }),
      () => claiming.executions.claim({ queues: ["a", "b"], limit: 10 }),
    );
    expect(leased).toBe(300);
  });
});
