import { describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { hunts } from "./hunts.ts";
import { limitHunts } from "./limit-hunts.ts";
import { deadlocksMax, hunt } from "./support.ts";

const seconds = Number(process.env["HOLDFAST_LOCK_SECONDS"] ?? 5);

describe.each([{ coalesce: false }, { coalesce: true }])("with coalesce: $coalesce", ({ coalesce }) => {
  describeOnServers("callers that meet for long", (database) => {
    test.each([...hunts, ...limitHunts])("do not wait in circles: $name", async (each) => {
      const { deadlocks, done, failures } = await hunt(database, each, { ms: seconds * 1000, coalesce });
      expect(failures).toEqual([]);
      expect(deadlocks).toBeLessThanOrEqual(deadlocksMax(each, done));
    });
  });
});
