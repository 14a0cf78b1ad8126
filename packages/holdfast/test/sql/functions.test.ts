import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { filledClient } from "./filling.ts";

const one = `select version from holdfast.save_task($1, $2, $3, 'name', null, 'running', null, null, null, null, null, null, null, null,
  null, null)`;
const many = `select version from holdfast.save_tasks($1::text[], array_fill($2::text, array[cardinality($1::text[])]),
  array_fill($3::text, array[cardinality($1::text[])]), array_fill('name'::text, array[cardinality($1::text[])]), '{}', '{}', '{}', '{}', '{}', '{}',
  '{}', '{}', '{}', '{}', '{}', '{}', $4)`;

const saveExecutions = `select version from holdfast.save_executions($1::text[], '{}', '{}',
  array_fill($2::holdfast.status, array[cardinality($1::text[])]), '{}', array_fill($3::text, array[cardinality($1::text[])]),
  array_fill($4::text, array[cardinality($1::text[])]), array_fill($5::text, array[cardinality($1::text[])]),
  '{}', array_fill(false, array[cardinality($1::text[])]), '{}', '{}', '{}', '{}', '{}', '{}')`;

// EXPLAIN does not look into functions, so these tests compare the server's own counts.
describeOnServers("a function that writes, by plans that were made when the tables were small", (fresh) => {
  let client: pg.Client;

  beforeAll(async () => {
    ({ client } = await filledClient(fresh, 300));
    await client.query("set plan_cache_mode = force_generic_plan");
  });
  afterAll(() => client.end());
  // The server counts by transactions.
  beforeEach(() => client.query("begin"));
  afterEach(() => client.query("rollback"));

  test("looks a lone task up by its key", async () => {
    const expectLookUps = await countingReads(client);
    for (const [id, parent] of [
      ["lone", null],
      ["lone", ""],
      ["child", "lone"],
    ]) {
      expect((await client.query(one, [id, "id-00000006", parent])).rows).toHaveLength(1);
    }
    await expectLookUps();
  });

  test("looks each of many up by its key, whether it exists or not, and locks others by their keys", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `many-${i}`);
    const expectLookUps = await countingReads(client);
    for (const [saved, parent, others] of [
      [ids, null, []],
      [ids, "", ["id-00000001"]],
      [ids.flatMap((id) => [id, `${id}-child`]), null, ["id-00000001"]],
      [ids.map((id) => `${id}-other`), "many-0", []],
    ]) {
      expect((await client.query(many, [saved, "id-00000006", parent, others])).rows).toHaveLength(saved?.length ?? 0);
    }
    await expectLookUps();
  });

  test("looks tasks, their children and their parents up by their keys", async () => {
    const [root, child] = ["id-00000010", "id-00000015"];
    await client.query("update holdfast.tasks set status = 'running' where id = any ($1) and status = 'pending'", [
      [root],
    ]);
    const expectLookUps = await countingReads(client);
    await client.query("select task_id from holdfast.propagate($1)", [[child]]);
    await expectLookUps();
  });

  test("looks executions, their parents and their definitions up by their keys", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `execution-${i}`);
    const expectLookUps = await countingReads(client);
    for (const version of ["1", "latest", "active"]) {
      const { rows } = await client.query(saveExecutions, [ids, "running", "definition-1", version, "id-00000006"]);
      expect(rows).toHaveLength(ids.length);
    }
    expect((await client.query(saveExecutions, [ids, "succeeded", null, null, null])).rows).toHaveLength(ids.length);
    await expectLookUps();
  });

  test("looks states, and the former ones that it keeps and trims, up by their keys", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `stateful-${i}`);
    const save = (state: number, keep: number | null): Promise<unknown> =>
      client.query(
        `select version from holdfast.save_executions($1::text[], '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
           array_fill(false, array[cardinality($1::text[])]), '{}', '{}', array_fill($2::json, array[cardinality($1::text[])]),
           array_fill($3::integer, array[cardinality($1::text[])]), '{}', '{}')`,
        [ids, JSON.stringify(state), keep],
      );
    const kept = async (): Promise<unknown> => {
      const { rows } = await client.query<{ states: string[] }>(
        "select array_agg(state::text order by version) as states from holdfast.former_states where execution_id = $1",
        [ids[0]],
      );
      return rows[0]?.states;
    };
    await client.query("update holdfast.component_states set keeps_states = null where keeps_states is not null");
    const expectLookUps = await countingReads(client);
    for (const state of [1, 2, 3, 4]) await save(state, 2);
    expect(await kept()).toEqual(["2", "3"]);
    await save(4, 1);
    expect(await kept()).toEqual(["3"]);
    for (const [component, id] of [
      ["", ids[0]],
      ["component-2", "id-00000006"],
    ]) {
      await client.query("select holdfast.keep_states($1, $2, 1)", [id, component]);
    }
    await client.query("update holdfast.component_states set state = '1' where execution_id = 'id-00000006'");
    await client.query("delete from holdfast.component_states where execution_id = 'id-00000006'");
    await expectLookUps();
  });

  test("looks a wait, its execution and its event up by their keys", async () => {
    await client.query(
      `insert into holdfast.events (id, key, dedupe_id, created_at, expires_at)
       select 'kept-' || n, 'kept-' || n, nullif('dedupe-' || n, 'dedupe-1'), now(), now() + interval '1 hour' from generate_series(1, 2) as n`,
    );
    const expectLookUps = await countingReads(client);
    expect(await client.query("select holdfast.share_executions(array['id-00000006', 'id-00000007'])")).toHaveProperty(
      "rows.0.share_executions",
      "2",
    );
    for (const key of ["new", "new", "kept-1", "kept-1", "kept-2"]) {
      const { rows } = await client.query<{ event_id: string | null }>(
        "select event_id from holdfast.register_wait($1, true, $2, 'id-00000006', 'step', null)",
        [`wait of ${key}`, key],
      );
      expect(rows).toEqual([{ event_id: key === "new" ? null : key }]);
    }
    await expectLookUps();
  });

  test("looks the waits that events take in turn up by their keys", async () => {
    const { rows: waits } = await client.query<{ key: string; waits: boolean }>(
      `select key, not is_park and coalesce(expires_at > now(), true) as waits from holdfast.waits order by sequence limit 20`,
    );
    const keys = waits.map(({ key }) => key);
    const expectLookUps = await countingReads(client);
    const { rows } = await client.query<{ event: string }>(
      "select event from holdfast.take_in_turn($1, $1, array_fill(false, array[cardinality($1::text[])]))",
      [keys],
    );
    expect(rows.map(({ event }) => event)).toEqual(waits.filter((wait) => wait.waits).map(({ key }) => key));
    expect(rows).not.toHaveLength(0);
    await expectLookUps();
  });

  test("looks waits that have expired, and their executions, up by their keys", async () => {
    const expectLookUps = await countingReads(client);
    const { rows } = await client.query("select id from holdfast.expire_waits(10, 'me', now() + interval '1 minute')");
    expect(rows).toHaveLength(10);
    await expectLookUps();
  });

  test("looks the source of a fork and its history up by their keys", async () => {
    const expectLookUps = await countingReads(client);
    for (const [fork, parent] of [
      ["fork", null],
      ["fork of a parent", "id-00000007"],
    ]) {
      const { rows } = await client.query("select is_known from holdfast.fork_point('id-00000006', $1, 0, $2)", [
        fork,
        parent,
      ]);
      expect(rows).toEqual([{ is_known: false }]);
    }
    await expectLookUps();
  });
});

/** Counts reads from now on. Call the result to expect that tables were read by an index since, and none whole. */
async function countingReads(client: pg.Client): Promise<() => Promise<void>> {
  const before = await readsOf(client);
  return async () => {
    const after = await readsOf(client);
    expect(after.whole).toBe(before.whole);
    expect(after.byIndex).toBeGreaterThan(before.byIndex);
  };
}

/** How often this transaction has read tables whole, and by an index. */
async function readsOf(client: pg.Client): Promise<{ readonly whole: number; readonly byIndex: number }> {
  const { rows } = await client.query<{ whole: number; by_index: number }>(
    `select sum(seq_scan)::int as whole, sum(idx_scan)::int as by_index from pg_stat_xact_user_tables
     where schemaname = 'holdfast'`,
  );
  const [row] = rows;
  return { whole: row?.whole ?? -1, byIndex: row?.by_index ?? -1 };
}
