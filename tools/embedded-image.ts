/**
 * Makes the prepared image that a new embedded database starts from: the data folder after `initdb` and the migrations of the
 * default schema, cleanly shut down.
 *
 *     npx tsx tools/embedded-image.ts
 */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { defaultSchema } from "../packages/holdfast/src/core/schema-name.ts";
import { migrate } from "../packages/holdfast/src/migrations/runner.ts";
import { wrapPGlite } from "../packages/holdfast/src/postgres/embedded/embedded.ts";
import { INITDB_ARGUMENTS, startParameters } from "../packages/holdfast/src/postgres/embedded/server-settings.ts";
import { embeddedDatabase } from "../packages/holdfast/src/postgres/single-session.ts";
import { tarOf } from "./embedded-image-tar.ts";

const IMAGE = fileURLToPath(new URL("../packages/holdfast/dist/postgres/embedded/image.tar.br", import.meta.url));

const place = mkdtempSync(join(tmpdir(), "holdfast-image-"));
try {
  const folder = join(place, "data");
  await makeDatabase(folder);
  const tar = tarOf(folder);
  const image = brotliCompressSync(tar, {
    // A window of 16 MB sees the catalog's repetitions across files.
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: tar.length,
    },
  });
  mkdirSync(dirname(IMAGE), { recursive: true });
  writeFileSync(IMAGE, image);
  console.log(`${IMAGE}: ${image.length} bytes, ${tar.length} unpacked`);
} finally {
  rmSync(place, { recursive: true });
}

async function makeDatabase(folder: string): Promise<void> {
  const database = await PGlite.create({
    fs: new NodeFS(folder),
    initDbStartParams: [...INITDB_ARGUMENTS],
    startParams: startParameters(PGlite.defaultStartParams, { fsync: false }),
  });
  // The templates only serve to create further databases, which we never do, and are two thirds of the files.
  await database.exec("update pg_database set datistemplate = false, datallowconn = true");
  await database.exec("drop database template0");
  await database.exec("drop database template1");
  const store = embeddedDatabase(wrapPGlite(database), 0);
  await migrate(store, defaultSchema);
  await store.close();
  // Without the freeze the first reader of every catalog page would write it again.
  await database.exec("vacuum freeze");
  // The vacuum has noted that the tables are empty. Until the first ANALYZE, plans would expect one row of each, and read a grown table whole
  // to find a few. Without a note, the planner goes by the size of the file.
  await database.exec(
    `update pg_class set reltuples = -1, relpages = 0 where relkind = 'r' and relnamespace = '${defaultSchema}'::regnamespace`,
  );
  await database.close();
}
