import { expect, test } from "vitest";
import { databases } from "../support/databases.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { poisonWorkers } from "./workers.ts";

// One job kills the process of its worker, each time that it is begun.

test(
  "a job that kills its worker each time ends dead, and the others end well",
  { timeout: processesTimeoutMs },
  async (context) => {
    const server = databases().findLast(({ missing }) => missing === undefined);
    if (server === undefined || server.name === "embedded") return context.skip("needs a server");
    const database = server.fresh("poison");
    context.onTestFinished(() => database.drop());
    const { deaths, poison, counts, steps } = await poisonWorkers(await database.prepared(), 3);
    expect(poison).toMatchObject({ status: "dead", attempts: 3, error: { name: "LeaseExpired" } });
    expect(deaths).toBe(3);
    expect(counts).toMatchObject({ succeeded: 6, dead: 1 });
    expect(steps).toBe(6);
  },
);
