import { describe, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { batchHunts } from "./batch-hunts.ts";
import { seedChance } from "./chance.ts";
import { endHunts } from "./end-hunts.ts";
import { hunts } from "./hunts.ts";
import { limitHunts } from "./limit-hunts.ts";
import { stepHunts } from "./step-hunts.ts";
import { deadlocksMax, hunt } from "./support.ts";

const seconds = Number(process.env["HOLDFAST_LOCK_SECONDS"] ?? 2);
const seed = Number(process.env["HOLDFAST_LOCK_SEED"] ?? Date.now() % 1_000_000);

describe.each([{ coalesce: false }, { coalesce: true }])("with coalesce: $coalesce", ({ coalesce }) => {
  describeOnServers(`callers that meet for long, by the seed ${seed}`, (database) => {
    test.each([...batchHunts, ...stepHunts, ...hunts, ...endHunts, ...limitHunts])(
      "do not wait in circles: $name",
      async (each) => {
        seedChance(seed);
        const { deadlocks, reports, done, failures } = await hunt(database, each, {
          ms: seconds * 1000,
          coalesce,
          stores: 3,
        });
        process.stdout.write(`${each.name}: ${deadlocks} deadlocks in ${done.join(" + ")} calls\n`);
        expect(failures).toEqual([]);
        expect(deadlocks, reports.join("")).toBeLessThanOrEqual(deadlocksMax(each, done));
      },
    );
  });
});
