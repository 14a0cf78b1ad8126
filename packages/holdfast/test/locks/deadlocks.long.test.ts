import { describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { hunts } from "./hunts.ts";
import { hunt } from "./support.ts";

const seconds = Number(process.env["HOLDFAST_LOCK_SECONDS"] ?? 5);

describe.each([{ coalesce: false }, { coalesce: true }])("with coalesce: $coalesce", ({ coalesce }) => {
  describeOnServers("callers that meet for long", (database) => {
    test.each(hunts)("never wait in a circle: $name", async (each) => {
      const { deadlocks, failures } = await hunt(database, each, { ms: seconds * 1000, coalesce });
      expect(failures).toEqual([]);
      expect(deadlocks).toBe(0);
    });
  });
});
