import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";

describeOnServers("the rules between columns of a row, for any client", (fresh) => {
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client(await urlOf(fresh));
    await client.connect();
    const store = await openStore({ client });
    await store.executions.create({ id: "e", queue: "q", labels: { a: "b", n: 1 } });
    await store.tasks.save({ id: "t", executionId: "e", name: "n" });
    await store.close();
  });
  afterAll(() => client.end());
  beforeEach(() => client.query("begin"));
  afterEach(() => client.query("rollback"));

  test.each([
    ["a queue without its claim options", "update holdfast.executions set priority = null", "executions_columns"],
    ["claim options without a queue", "update holdfast.executions set queue = null", "executions_columns"],
    ["a parent's task without a parent", "update holdfast.executions set parent_task_id = 't'", "executions_columns"],
    ["an agent without an action", "update holdfast.tasks set agent = 'a'", "tasks_work"],
    ["an agent with a tool", "update holdfast.tasks set agent = 'a', action = 'b', tool = 'c'", "tasks_work"],
    ["a router that calls a tool", "update holdfast.tasks set type = 'router', tool = 'c'", "tasks_work"],
  ])("refuse %s", async (_name, change, constraint) => {
    await expect(client.query(change)).rejects.toMatchObject({ code: "23514", constraint });
  });

  test.each([
    "update holdfast.executions set queue = null, priority = null, route = null, max_attempts = null",
    "update holdfast.tasks set agent = 'a', action = 'b'",
    "update holdfast.tasks set tool = 'c'",
    "update holdfast.tasks set type = 'composite', agent = 'a'",
  ])("allow %s", async (change) => {
    expect((await client.query(change)).rowCount).toBe(1);
  });

  test("refuse a new row too", async () => {
    const copy = `insert into holdfast.executions (id, version, status, strategy, queue, created_at, updated_at, labels)
      select 'f', version, status, strategy, queue, created_at, updated_at, labels from holdfast.executions`;
    await expect(client.query(copy)).rejects.toMatchObject({ code: "23514", constraint: "executions_columns" });
  });

  test("let the labels go with their execution", async () => {
    const labels = "select name from holdfast.execution_labels where execution_id = 'e' order by name";
    expect((await client.query(labels)).rows).toEqual([{ name: "a" }, { name: "n" }]);
    await client.query("delete from holdfast.executions where id = 'e'");
    expect((await client.query(labels)).rows).toEqual([]);
  });
});
