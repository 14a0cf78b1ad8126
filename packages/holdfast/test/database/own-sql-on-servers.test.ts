import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { newId } from "../../src/index.ts";
import { describeOnServers } from "../support/databases.ts";
import { insert, storeWithInvoices } from "./own-sql.ts";

describeOnServers("the application's own SQL on a server", (database) => {
  const store = storeWithInvoices(database);
  const url = async (): Promise<string> => {
    const options = await database.prepared();
    return "url" in options ? options.url : "";
  };

  test("notifies when the transaction commits", async () => {
    const listener = new pg.Client(await url());
    await listener.connect();
    onTestFinished(() => listener.end());
    const heard: unknown[] = [];
    listener.on("notification", ({ payload }) => heard.push(payload));
    await listener.query("listen mail");
    const notify = (payload: string, fails: boolean): Promise<unknown> =>
      store().transaction(async (tx) => {
        await tx.query("select pg_notify('mail', $1)", [payload]);
        if (fails) throw new Error("no");
      });
    await expect(notify("undone", true)).rejects.toThrow("no");
    await notify("kept", false);
    await expect.poll(() => heard).toEqual(["kept"]);
  });

  test("ends with its transaction's time or signal, and nothing of it takes effect", async () => {
    const id = newId();
    const late = store()
      .with({ timeoutMs: 200 })
      .transaction(async (tx) => {
        await tx.query(insert, [id]);
        await tx.query("select pg_sleep(600)");
      });
    await expect(late).rejects.toMatchObject({ code: "unavailable", facts: { outcome: "rolled back" } });
    const controller = new AbortController();
    const aborted = store()
      .with({ signal: controller.signal })
      .transaction(async (tx) => {
        await tx.query(insert, [id]);
        const sleeping = tx.query("select pg_sleep(600)");
        controller.abort(new Error("enough"));
        await sleeping;
      });
    await expect(aborted).rejects.toThrow("enough");
    const { rows } = await store().transaction((tx) => tx.query("select id from invoices where id = $1", [id]));
    expect(rows).toEqual([]);
  });

  describe("over a caller's own client", () => {
    const connected = async (Client = pg.Client): Promise<pg.Client> => {
      const client = new Client(await url());
      await client.connect();
      onTestFinished(() => client.end());
      return client;
    };

    test("takes its turn, and keeps the types that the client reads", async () => {
      const client = await connected();
      client.setTypeParser(20, (text) => BigInt(text));
      const id = newId();
      await client.query("begin");
      const tx = store().within(client);
      const answers = await Promise.all([
        tx.kv.set({ prefix: id, key: "k", value: new Uint8Array([1]) }),
        tx.query("select count(*) as n from holdfast.kv_entries where prefix = $1", [id]),
        tx.transaction((inner) => inner.query(insert, [id])),
      ]);
      expect(answers[1].rows).toEqual([{ n: 1n }]);
      await client.query("rollback");
      await expect(tx.query("select 1")).rejects.toMatchObject({ facts: { field: "client" } });
    });

    test("of an older driver says so if it executed several statements", async () => {
      class Older extends pg.Client {}
      const query = Reflect.get(pg.Client.prototype, "query") as (this: pg.Client, config: object) => unknown;
      const older = function (this: pg.Client, config: object): unknown {
        return query.call(this, { ...config, queryMode: undefined });
      };
      Object.defineProperty(Older.prototype, "query", { value: older });
      const client = await connected(Older);
      await client.query({ text: "begin" });
      const several = store().within(client).query("select 1; select 2");
      await expect(several).rejects.toMatchObject({ code: "invalid_input", facts: { field: "text", statements: 2 } });
    });

    test("emits the events of its transaction when the caller says that it is committed", async () => {
      const client = await connected();
      const heard: string[] = [];
      onTestFinished(store().on("execution.ended", ({ id }) => heard.push(id)));
      const id = newId();
      await client.query("begin");
      const tx = store().within(client);
      await tx.executions.create({ id });
      await tx.executions.setStatus(id, "canceled");
      await tx
        .transaction(async (inner) => {
          await inner.executions.create({ id: `${id}/undone` });
          await inner.executions.setStatus(`${id}/undone`, "canceled");
          throw new Error("no");
        })
        .catch(() => undefined);
      await client.query("commit");
      expect(heard).toEqual([]);
      tx.committed();
      tx.committed();
      expect(heard).toEqual([id]);
    });
  });
});
