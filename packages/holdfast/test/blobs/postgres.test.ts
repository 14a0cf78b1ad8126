import { expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { opened, sessionOn, sql, urlOf } from "../database/support.ts";
import { describeOnServers } from "../support/databases.ts";
import { ownServer } from "../support/own-server.ts";
import { expireUploads, killMidUpload } from "./children.ts";
import { expectNothingLeft, mebibytes, nothingLeft } from "./support.ts";

test("a server that is killed in mid-upload fails the upload, keeps the old blob, and sweeps the rest", async (context) => {
  const server = await ownServer(context, { major: 18 });
  await using store = await openStore({ url: server.url, connectTimeoutMs: 1000 });
  await store.blobs.upload("b", "old");
  const source = mebibytes(20, (i) => (i === 5 ? server.kill() : undefined));
  await expect(store.blobs.upload("b", source)).rejects.toMatchObject({ code: "unavailable" });
  await server.restart();
  expect(await store.blobs.text("b")).toBe("old");
  expect(await store.blobs.sweep({ olderThanMs: 0 })).toEqual(nothingLeft);
  await expireUploads({ url: server.url });
  expect(await store.blobs.sweep({ olderThanMs: 0 })).toEqual({ ...nothingLeft, unused: 1 });
  await expectNothingLeft(store);
});

describeOnServers("blobs in PostgreSQL", (database) => {
  test("that a killed process had begun are swept with their chunks", async () => {
    const options = await database.prepared();
    await killMidUpload(options, async () => undefined);
    await expireUploads(options);
    await using store = await openStore(options);
    expect((await store.blobs.sweep({ olderThanMs: 0 })).unused).toBe(1);
    const chunks = sessionOn(await opened(options)).run(sql("select 1 from holdfast.blob_chunks"));
    expect(await chunks).toEqual([]);
  });

  test("whose chunks are changed or gone are corrupt", async () => {
    const options = await database.prepared();
    await using store = await openStore(options);
    const session = sessionOn(await opened(options));
    await store.blobs.upload(
      "b",
      mebibytes(3, () => undefined),
    );
    await session.run(
      sql("update holdfast.blob_chunks set bytes = set_byte(bytes, 9, get_byte(bytes, 9) # 1) where first_byte > 0"),
    );
    await expect(store.blobs.bytes("b")).rejects.toMatchObject({ code: "corrupt", facts: { key: "b" } });
    await session.run(sql("delete from holdfast.blob_chunks where first_byte = 1048576"));
    await expect(store.blobs.bytes("b")).rejects.toMatchObject({ code: "corrupt", facts: { key: "b" } });
    const { body } = await store.blobs.download("b", { range: { end: 1_048_576 } });
    expect(Buffer.concat(await body.toArray()).byteLength).toBe(1_048_576);
  });

  test("take no lock of their own in a transaction: a server has room for some thousands", async () => {
    const options = await database.prepared();
    await using store = await openStore(options);
    const session = sessionOn(await opened(options));
    await store.transaction(async (tx) => {
      await tx.blobs.upload("b", "x");
      const own = "select oid from pg_database where datname = current_database()";
      const locks = sql(`select 1 from pg_locks where locktype = 'advisory' and database = (${own})`);
      expect(await session.run(locks)).toEqual([]);
    });
  });

  test("take a pool of one connection, many at a time, with slow streams", async () => {
    await using store = await openStore({ url: await urlOf(database), poolMax: 1 });
    const uploads = Array.from({ length: 5 }, (_, i) =>
      store.blobs.upload(
        `p${i}`,
        mebibytes(2, () => store.ping()),
      ),
    );
    expect((await Promise.all(uploads)).every(({ size }) => size === 2 * 1024 * 1024)).toBe(true);
  });
});
