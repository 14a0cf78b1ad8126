// A shop with tables of its own, written by Drizzle. Each order and its job are one commit: no order without a job, no job without an
// order. Each step and its effect on the tables are one commit too, so no order is charged twice.
//
//   DATABASE_URL=postgres://… npx tsx examples/orders.ts
import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { defineQueue, handle, newId, openStore, startWorker, type Transaction } from "holdfast";
import { fromDrizzle } from "holdfast/drizzle";
import { shareable } from "holdfast/pg";
import pg from "pg";

const pool = shareable(new pg.Pool({ connectionString: process.env["DATABASE_URL"] }));
const db = drizzle(pool);
const store = await openStore({ pool });
const run = newId(); // Another run on the same server has goods and queues of its own.

const goods = pgTable("shop_goods", { sku: text().primaryKey(), stock: integer().notNull() });
const orders = pgTable("shop_orders", { id: text().primaryKey(), sku: text().notNull(), status: text().notNull() });
const mails = pgTable("shop_mails", { orderId: text().primaryKey(), line: text().notNull() });
await store.transaction(async (tx) => {
  await tx.query(
    "create table if not exists shop_goods (sku text primary key, stock integer not null check (stock >= 0))",
  );
  await tx.query(
    "create table if not exists shop_orders (id text primary key, sku text not null, status text not null)",
  );
  await tx.query('create table if not exists shop_mails ("orderId" text primary key, line text not null)');
  await tx.query("insert into shop_goods values ($1, 2)", [run]);
});

type Drizzle = Parameters<Parameters<typeof db.transaction>[0]>[0];

/** Runs `work` in a transaction of Drizzle that Holdfast has joined. Listeners of the store hear of it after the commit. */
async function together<T>(work: (rows: Drizzle, tx: Transaction) => Promise<T>): Promise<T> {
  const { result, tx } = await db.transaction(async (rows) => {
    const joined = store.within(await fromDrizzle(rows));
    return { result: await work(rows, joined), tx: joined };
  });
  tx.committed();
  return result;
}

const charge = defineQueue<{ order: string; card: string }>(`charge:${run}`);
const mail = defineQueue<{ order: string; line: string }>(`mail:${run}`);

/** Takes the goods, and writes the order with its first job: all of it or nothing. */
async function placeOrder(id: string, card: string): Promise<string> {
  return together(async (rows, tx) => {
    await rows
      .update(goods)
      .set({ stock: sql`${goods.stock} - 1` })
      .where(eq(goods.sku, run));
    await rows.insert(orders).values({ id, sku: run, status: "placed" });
    await tx.jobs.push(charge.job({ order: id, card }, { maxAttempts: 2, backoff: { initialMs: 1 } }));
    return "placed";
  }).catch((error: Error) => `refused: ${(error.cause as Error).message}`);
}

function takeBack(rows: Drizzle): Promise<unknown> {
  return rows
    .update(goods)
    .set({ stock: sql`${goods.stock} + 1` })
    .where(eq(goods.sku, run));
}

// Two pieces are in stock, so the third order is refused, and leaves nothing behind.
for (const [name, card] of [
  ["first", "Visa"],
  ["second", "Empty"],
  ["third", "Visa"],
] as const) {
  console.log(`${name} order: ${await placeOrder(`${run}/${name}`, card)}`);
}

// Two mails end the run: `committed` tells the listeners of the ends that the handlers' own transactions made.
const mailed = new Promise<void>((resolve) => {
  let left = 2;
  store.on("job.completed", async ({ id }) => {
    const { queue } = await store.jobs.require(id);
    if (queue === mail.name && --left === 0) resolve();
  });
});

let attempts = 0;
const worker = await startWorker(store, {
  queues: [
    handle(charge, async ({ payload: { order, card } }, context) => {
      await together(async (rows, tx) => {
        const paid = card !== "Empty";
        await rows
          .update(orders)
          .set({ status: paid ? "paid" : "unpaid" })
          .where(eq(orders.id, order));
        if (!paid) await takeBack(rows);
        await tx.jobs.push(mail.job({ order, line: paid ? `${card} was charged` : "your card is empty" }));
        // The bank fails at the first attempt: what the attempt wrote is undone, and the next one begins afresh.
        if (++attempts === 1) throw new Error("The bank is closed.");
        await context.complete({ paid }, { tx });
      });
    }),
    handle(mail, async ({ payload: { order, line } }, context) => {
      await together(async (rows, tx) => {
        await rows.insert(mails).values({ orderId: order, line });
        await context.complete(undefined, { tx });
      });
    }),
  ],
  onError: (error) => console.log(`an attempt failed: ${(error as Error).message}`),
});

await mailed;

for (const { id, status } of await db.select().from(orders).where(eq(orders.sku, run)).orderBy(orders.id)) {
  const [sent] = await db.select().from(mails).where(eq(mails.orderId, id));
  console.log(`${id.slice(run.length + 1)}: ${status}, "${sent?.line}"`);
}
const [left] = await db.select().from(goods).where(eq(goods.sku, run));
console.log(`left: ${left?.stock}`);

await worker.stop();
await store.close();
await pool.end();
