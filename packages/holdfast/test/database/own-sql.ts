import { afterAll, beforeAll } from "vitest";
import { openStore, type Store } from "../../src/index.ts";
import type { FreshDatabase } from "../support/databases.ts";

/** A store for the tests of a block, with a table `invoices` of the application's. */
export function storeWithInvoices(database: FreshDatabase): () => Store {
  let opened: Store;
  beforeAll(async () => {
    opened = await openStore(await database.prepared());
    const table = "create table invoices (id text primary key, cents bigint, sent_at timestamptz, doc jsonb)";
    await opened.transaction((tx) => tx.query(table));
  });
  afterAll(() => opened.close());
  return () => opened;
}

/** Inserts an invoice. */
export const insert = "insert into invoices (id) values ($1)";
