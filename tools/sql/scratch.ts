import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import pg from "pg";
import { wrapPGlite } from "../../packages/holdfast/src/postgres/embedded/embedded.ts";
import { command, sendAll } from "../../packages/holdfast/src/postgres/execute.ts";
import { clientConnection } from "../../packages/holdfast/src/postgres/pool.ts";

/** A scratch database in memory. */
export interface Scratch {
  readonly client: pg.Client;
  /** Runs several statements that take no parameters. */
  run(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens an empty scratch database: the embedded PostgreSQL with pgvector, in memory, in this thread. */
export async function openScratch(): Promise<Scratch> {
  const pglite = new PGlite({ extensions: { vector } });
  await pglite.waitReady;
  const client = new pg.Client({
    stream: () => wrapPGlite(pglite).stream(),
    user: "postgres",
    database: "postgres",
  });
  await client.connect();
  const connection = clientConnection(client, () => undefined);
  return {
    client,
    run: async (sql) => {
      await sendAll(connection, [command(sql)]);
    },
    close: async () => {
      await client.end();
      await pglite.close();
    },
  };
}
