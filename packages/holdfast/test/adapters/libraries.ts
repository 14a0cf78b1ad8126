import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/node-postgres";
import { pgTable, text } from "drizzle-orm/pg-core";
import knexOn from "knex";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import postgres from "postgres";
import { DataSource, EntitySchema } from "typeorm";
import { fromDrizzle } from "../../src/adapters/drizzle.ts";
import { fromKnex } from "../../src/adapters/knex.ts";
import { fromKysely } from "../../src/adapters/kysely.ts";
import { shareable } from "../../src/adapters/pg.ts";
import { fromPglite } from "../../src/adapters/pglite.ts";
import { fromPostgresJs } from "../../src/adapters/postgres-js.ts";
import { fromTypeOrm } from "../../src/adapters/typeorm.ts";
import type { ConnectionOptions, Store } from "../../src/index.ts";

/** What `store.within` takes. */
export type Client = Parameters<Store["within"]>[0];

/** A transaction of another library. */
export interface Begun {
  readonly client: Client;
  /** Inserts into `invoices` by the library's own means. */
  readonly insert: (id: string) => Promise<unknown>;
  /** Runs `work` behind a savepoint of the library, if it takes no other. */
  readonly savepoint?: (work: (client: Client) => Promise<void>) => Promise<unknown>;
}

/** A library whose transactions a store joins. */
export interface Library {
  /** Where a store finds the same database. */
  readonly store: ConnectionOptions;
  /** Runs `work` in a transaction of the library. */
  transaction<T>(work: (begun: Begun) => Promise<T>): Promise<T>;
  /** Takes what is not a transaction for one. */
  readonly mistaken?: () => Promise<unknown>;
  close(): Promise<unknown>;
}

/** A row of the application's own table. */
interface Invoice {
  readonly id: string;
}

/** The libraries, by name, each on a database that has a table `invoices`. */
export const onServers: Readonly<Record<string, (url: string) => Promise<Library>>> = {
  drizzle: async (url) => {
    const pool = shareable(new pg.Pool({ connectionString: url }));
    const db = drizzle(pool);
    const invoices = pgTable("invoices", { id: text().primaryKey() });
    return {
      store: { pool },
      transaction: (work) =>
        db.transaction(async (tx) => {
          return work({ client: await fromDrizzle(tx), insert: (id) => tx.insert(invoices).values({ id }) });
        }),
      mistaken: () => fromDrizzle(db),
      close: () => pool.end(),
    };
  },
  kysely: async (url) => {
    const pool = shareable(new pg.Pool({ connectionString: url }));
    const db = new Kysely<{ invoices: Invoice }>({ dialect: new PostgresDialect({ pool }) });
    return {
      store: { pool },
      transaction: (work) =>
        db.transaction().execute(async (trx) => {
          const insert = (id: string): Promise<unknown> => trx.insertInto("invoices").values({ id }).execute();
          return work({ client: await fromKysely(trx), insert });
        }),
      mistaken: () => fromKysely(db),
      close: () => db.destroy(),
    };
  },
  typeorm: async (url) => {
    const invoices = new EntitySchema<Invoice>({ name: "invoices", columns: { id: { type: "text", primary: true } } });
    const source = await new DataSource({ type: "postgres", url, entities: [invoices] }).initialize();
    return {
      store: { url },
      transaction: (work) =>
        source.transaction(async (manager) => {
          return work({ client: await fromTypeOrm(manager), insert: (id) => manager.insert(invoices, { id }) });
        }),
      mistaken: () => fromTypeOrm(source.manager),
      close: () => source.destroy(),
    };
  },
  knex: async (url) => {
    const knex = knexOn({ client: "pg", connection: url });
    return {
      store: { url },
      transaction: (work) =>
        knex.transaction(async (trx) => {
          return work({ client: await fromKnex(trx), insert: async (id) => trx<Invoice>("invoices").insert({ id }) });
        }),
      mistaken: () => fromKnex(knex),
      close: () => knex.destroy(),
    };
  },
  "postgres.js": async (url) => {
    const sql = postgres(url, { onnotice: () => undefined });
    return {
      store: { url },
      transaction: async <T>(work: (begun: Begun) => Promise<T>) => {
        const answered = await sql.begin(async (tx) => {
          const result = await work({
            client: fromPostgresJs(tx),
            insert: async (id) => tx`insert into invoices values (${id})`,
            savepoint: (within) => tx.savepoint((nested) => within(fromPostgresJs(nested))),
          });
          return { result };
        });
        return answered.result as T;
      },
      close: () => sql.end(),
    };
  },
};

/** PGlite, which needs no server. */
export async function onPglite(): Promise<Library> {
  const pglite = new PGlite();
  return {
    store: { pglite },
    transaction: (work) =>
      pglite.transaction((tx) => {
        return work({ client: fromPglite(tx), insert: (id) => tx.query("insert into invoices values ($1)", [id]) });
      }),
    close: () => pglite.close(),
  };
}
