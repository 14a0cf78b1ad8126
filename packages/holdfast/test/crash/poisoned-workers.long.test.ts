import { expect, test } from "vitest";
import { temporaryFolder } from "./support.ts";
import { poisonWorkers } from "./workers.ts";

test("a job that kills its worker each time ends dead, and the others end well (folder)", async () => {
  const { deaths, poison, counts, steps } = await poisonWorkers({ folder: temporaryFolder() }, 3);
  expect(poison).toMatchObject({ status: "dead", attempts: 3, error: { name: "LeaseExpired" } });
  expect(deaths).toBe(3);
  expect(counts).toMatchObject({ succeeded: 6, dead: 1 });
  expect(steps).toBe(6);
});
