import { expect, test } from "vitest";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { processesTimeoutMs } from "../support/waiting.ts";
import { killSchedulers } from "./schedulers.ts";

// Processes that run startScheduler on the same schedules; some of them die by `kill -9`.

describeOnServers("ten schedulers, with four of them killed", (database) => {
  test("give each tick one job, and lose none", { timeout: processesTimeoutMs }, async () => {
    const options = { processes: 10, kills: 4, seconds: 60 };
    const { expected, made, counted, errors } = await killSchedulers(await urlOf(database), options);
    expect(made).toEqual(expected);
    expect(counted).toBe(expected.length);
    expect(expected.length).toBeGreaterThan(100);
    expect(errors).toEqual([]);
  });
});
