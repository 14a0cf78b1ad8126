import { expect, test } from "vitest";
import { newId, type Transaction } from "../../src/index.ts";
import { describeOnEach } from "../support/databases.ts";
import { insert, storeWithInvoices } from "./own-sql.ts";

describeOnEach("the application's own SQL in a transaction", (database) => {
  const store = storeWithInvoices(database);
  const inTransaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => store().transaction(work);
  const ids = async (prefix: string): Promise<readonly string[]> => {
    const text = "select id from invoices where id like $1 order by id";
    const { rows } = await inTransaction((tx) => tx.query<{ id: string }>(text, [`${prefix}%`]));
    return rows.map(({ id }) => id);
  };

  test("is committed with Holdfast's calls, or rolled back with them", async () => {
    const id = newId();
    const both = async (tx: Transaction, name: string): Promise<void> => {
      await tx.query(insert, [name]);
      await tx.executions.create({ id: name });
    };
    await inTransaction((tx) => both(tx, `${id}/kept`));
    const undone = inTransaction(async (tx) => {
      await both(tx, `${id}/undone`);
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    expect(await ids(id)).toEqual([`${id}/kept`]);
    expect(await store().executions.get(`${id}/kept`)).not.toBeNull();
    expect(await store().executions.get(`${id}/undone`)).toBeNull();
  });

  test("takes its turn among calls that nobody waits for", async () => {
    const id = newId();
    const answers = await inTransaction((tx) =>
      Promise.all([
        tx.kv.set({ prefix: id, key: "k", value: new Uint8Array([1]) }),
        tx.query("select count(*)::int as n from holdfast.kv_entries where prefix = $1", [id]),
        tx.kv.remove(id, "k"),
        tx.query("select count(*)::int as n from holdfast.kv_entries where prefix = $1", [id]),
      ]),
    );
    expect([answers[1], answers[3]]).toEqual([
      { rows: [{ n: 1 }], rowCount: 1 },
      { rows: [{ n: 0 }], rowCount: 1 },
    ]);
  });

  test("takes values as pg does, and gives them as pg does", async () => {
    const id = newId();
    const at = new Date("2031-02-03T04:05:06.789Z");
    const { rows, rowCount } = await inTransaction((tx) =>
      tx.query(
        `insert into invoices values ($1, $2, $3, $4)
         returning id, cents, sent_at, doc, $5::bytea as bytes, $6::text[] as texts, $7::bool as yes, null as nothing`,
        [id, 9007199254740993n, at, { a: [1, null] }, new Uint8Array([0, 255]), ['"', null, "b"], true],
      ),
    );
    expect(rowCount).toBe(1);
    expect(rows).toEqual([
      {
        id,
        cents: "9007199254740993",
        sent_at: at,
        doc: { a: [1, null] },
        bytes: Buffer.from([0, 255]),
        texts: ['"', null, "b"],
        yes: true,
        nothing: null,
      },
    ]);
    const none = await inTransaction((tx) => tx.query("set local lock_timeout = '1s'"));
    expect(none).toEqual({ rows: [], rowCount: null });
  });

  test("cannot end the transaction, move its savepoints or change the session: nothing is sent", async () => {
    const id = newId();
    const texts = {
      commit: "COMMIT",
      "\n-- note\n/* a /* b */ c */ ;; Commit and chain": "COMMIT",
      "end work": "END",
      begin: "BEGIN",
      "start transaction": "START",
      "rollback/**/to holdfast": "ROLLBACK",
      abort: "ABORT",
      "savepoint mine": "SAVEPOINT",
      "release holdfast": "RELEASE",
      "prepare transaction 'x'": "PREPARE",
      "set search_path = mine": "SET",
      "set session characteristics as transaction read only": "SET",
      "reset all": "RESET",
      "listen mail": "LISTEN",
      "discard all": "DISCARD",
      "copy invoices from stdin": "COPY",
    };
    await inTransaction(async (tx) => {
      await tx.query(insert, [id]);
      for (const [text, command] of Object.entries(texts)) {
        await expect(tx.query(text)).rejects.toMatchObject({
          code: "invalid_input",
          facts: { field: "text", command },
        });
      }
      for (const text of ["set local work_mem = '4MB'", "set transaction read write", "set constraints all deferred"]) {
        await tx.query(text);
      }
      await tx.query("/* a comment */ select 1");
    });
    expect(await ids(id)).toEqual([id]);
  });

  test("is one statement a call: a hidden COMMIT commits nothing", async () => {
    const id = newId();
    const hidden = inTransaction(async (tx) => {
      await tx.query(insert, [id]);
      await tx.query("select 1; commit; begin");
    });
    await expect(hidden).rejects.toMatchObject({ code: "invalid_input", facts: { field: "text", sqlstate: "42601" } });
    const inBlock = inTransaction(async (tx) => {
      await tx.query(insert, [id]);
      await tx.query("do $$ begin commit; end $$");
    });
    await expect(inBlock).rejects.toMatchObject({ code: "invalid_input", facts: { sqlstate: "2D000" } });
    expect(await ids(id)).toEqual([]);
  });

  test("that fails dooms the transaction, even if the error is caught", async () => {
    const id = newId();
    const caught = inTransaction(async (tx) => {
      await tx.query(insert, [id]);
      await expect(tx.query("select 1 / 0")).rejects.toMatchObject({
        code: "invalid_input",
        facts: { sqlstate: "22012" },
      });
      await expect(tx.query("select 1")).rejects.toMatchObject({ facts: { field: "transaction" } });
      await expect(tx.executions.create({ id })).rejects.toMatchObject({ facts: { field: "transaction" } });
    });
    await expect(caught).rejects.toMatchObject({ facts: { field: "transaction", failed: "invalid_input" } });
    expect(await ids(id)).toEqual([]);
    const unawaited = inTransaction(async (tx) => {
      await tx.query(insert, [id]);
      tx.query("select 1 / 0").catch(() => undefined);
    });
    await expect(unawaited).rejects.toMatchObject({ facts: { sqlstate: "22012" } });
    expect(await ids(id)).toEqual([]);
  });

  test("that fails in a nested transaction is undone with it, and the outer one goes on", async () => {
    const id = newId();
    await inTransaction(async (tx) => {
      await tx.query(insert, [`${id}/1`]);
      const nested = tx.transaction(async (inner) => {
        await inner.query(insert, [`${id}/2`]);
        await inner.executions.create({ id: `${id}/2` });
        // On the outer handle, it belongs to the nested one all the same.
        await tx.query(insert, [`${id}/1`]);
      });
      await expect(nested).rejects.toMatchObject({ code: "duplicate" });
      await tx.transaction((inner) => inner.query(insert, [`${id}/3`]));
    });
    expect(await ids(id)).toEqual([`${id}/1`, `${id}/3`]);
    expect(await store().executions.get(`${id}/2`)).toBeNull();
  });

  test("fails with Holdfast's errors, whose cause is the driver's", async () => {
    const id = newId();
    await inTransaction((tx) => tx.query(insert, [id]));
    const failures = {
      [`insert into invoices (id) values ('${id}')`]: {
        code: "duplicate",
        facts: { sqlstate: "23505", constraint: "invoices_pkey", table: "invoices" },
      },
      "select * from nothing": { code: "invalid_input", facts: { field: "text", sqlstate: "42P01" } },
      "selct 1": { code: "invalid_input", facts: { field: "text", sqlstate: "42601" } },
      "vacuum invoices": { code: "invalid_input", facts: { field: "text", sqlstate: "25001" } },
      "select 'x'::int": { code: "invalid_input", facts: { sqlstate: "22P02" } },
      "do $$ begin raise exception 'closed' using errcode = 'AB123'; end $$": {
        code: "invalid_input",
        facts: { sqlstate: "AB123" },
      },
      "select holdfast.fail('HF005', 'not yet', '{}')": { code: "not_ready", facts: {} },
    };
    for (const [text, expected] of Object.entries(failures)) {
      const failed = inTransaction((tx) => tx.query(text));
      await expect(failed, text).rejects.toMatchObject({ ...expected, retryable: false, cause: { severity: "ERROR" } });
    }
  });

  test("runs again with its transaction after a serialization failure", async () => {
    let runs = 0;
    const id = newId();
    await inTransaction(async (tx) => {
      await tx.query(insert, [`${id}/${++runs}`]);
      if (runs === 1) await tx.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
    });
    expect(await ids(id)).toEqual([`${id}/2`]);
  });

  test("writes nothing in a read-only transaction, and nothing after the end", async () => {
    const readOnly = store().transaction((tx) => tx.query(insert, [newId()]), { readOnly: true });
    await expect(readOnly).rejects.toMatchObject({ code: "invalid_input", facts: { field: "readOnly" } });
    const left = await inTransaction(async (tx) => ({ tx }));
    await expect(left.tx.query("select 1")).rejects.toMatchObject({ code: "conflict" });
  });

  test("is checked before anything is sent", async () => {
    const circular: unknown[] = [{}];
    Object.assign(circular[0] as object, { circular });
    const bad: readonly (readonly [string, unknown, unknown?])[] = [
      ["text", 7],
      ["text", ""],
      ["text", " -- nothing"],
      ["text", "select '\0'"],
      ["values", "select $1", "x"],
      ["values", "select 1", Array.from({ length: 65_536 })],
      ["values[1]", "select $1, $2", [1, () => 1]],
      ["values[0][0]", "select $1", [circular]],
      ["values[0]", "select $1", [{ big: 1n }]],
      ["values[0]", "select $1", [new Map([["a", 1]])]],
      ["values[0]", "select $1", [new ArrayBuffer(1)]],
      ["values[0]", "select $1", [new Date(Number.NaN)]],
    ];
    await inTransaction(async (tx) => {
      for (const [field, text, values] of bad) {
        const call = tx.query(text as string, values as unknown[]);
        await expect(call, field).rejects.toMatchObject({ code: "invalid_input", facts: { field } });
      }
      expect((await tx.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    });
  });

  test("may move search_path: Holdfast's tables are found all the same", async () => {
    const id = newId();
    await inTransaction(async (tx) => {
      await tx.query(`create schema "${id}"`);
      await tx.query(`create table "${id}".kv_entries (prefix text, key text, value bytea)`);
      await tx.query(`set local search_path = "${id}"`);
      await tx.kv.set({ prefix: id, key: "k", value: new Uint8Array([1]) });
      await tx.jobs.push({ queue: id });
      expect((await tx.query("select * from kv_entries")).rows).toEqual([]);
    });
    expect(await store().kv.get(id, "k")).toMatchObject({ value: new Uint8Array([1]) });
    expect((await store().jobs.list({ queue: id })).items).toHaveLength(1);
    expect(await ids(id)).toEqual([]);
  });
});
