import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { hunts } from "./hunts.ts";
import { hunt } from "./support.ts";

// All locks are taken in one order, so callers never wait in a circle, however they meet: the server counts no deadlock.

describeOnServers("callers that meet", (database) => {
  test.each(hunts)("never wait in a circle: $name", async (each) => {
    const { deadlocks, done, failures } = await hunt(database, each, { ms: 250, coalesce: false });
    expect(failures).toEqual([]);
    expect(Math.min(...done)).toBeGreaterThan(0);
    expect(deadlocks).toBe(0);
  });
});
