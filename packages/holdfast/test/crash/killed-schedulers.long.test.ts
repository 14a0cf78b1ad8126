import { expect, test } from "vitest";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { killSchedulers } from "./schedulers.ts";

describeOnServers("ten schedulers, all but one of which are killed over many ticks", (database) => {
  test("give each tick one job, and lose none", async () => {
    const options = { processes: 10, kills: 9, seconds: 900 };
    const { expected, made, errors } = await killSchedulers(await urlOf(database), options);
    expect(made).toEqual(expected);
    expect(errors).toEqual([]);
  });
});
