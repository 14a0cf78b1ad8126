import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { batchHunts } from "./batch-hunts.ts";
import { endHunts } from "./end-hunts.ts";
import { hunts } from "./hunts.ts";
import { limitHunts } from "./limit-hunts.ts";
import { stepHunts } from "./step-hunts.ts";
import { deadlocksMax, hunt } from "./support.ts";

// All locks are taken in one order, so callers never wait in a circle, however they meet, and none of them fails.

describeOnServers("callers that meet", (database) => {
  test.each([...batchHunts, ...stepHunts, ...hunts, ...endHunts, ...limitHunts])(
    "do not wait in circles: $name",
    async (each) => {
      const { deadlocks, reports, done, failures } = await hunt(database, each, { ms: 250, coalesce: false });
      expect(failures).toEqual([]);
      expect(Math.min(...done)).toBeGreaterThan(0);
      expect(deadlocks, reports.join("")).toBeLessThanOrEqual(deadlocksMax(each, done));
    },
  );
});
