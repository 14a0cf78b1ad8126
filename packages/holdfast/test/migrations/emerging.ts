import { ledgerSql, readLedger } from "../../src/migrations/ledger.ts";
import type { Database } from "../../src/postgres/database.ts";
import { load } from "./support.ts";

/** What readers see of schemas, each while another session makes it: every kind of answer once, sorted. */
export async function seenOfEmerging(database: Database, url: string, rounds: number): Promise<readonly string[]> {
  const making = { schema: "emerging", over: false };
  const seen = new Set<string>();
  const read = async (): Promise<void> => {
    const reader = await database.connect();
    while (!making.over) {
      const ledger = await readLedger(reader, making.schema);
      seen.add(typeof ledger === "string" ? ledger : "ledger");
    }
    reader.release();
  };
  const reading = Promise.all([read(), read(), read(), read()]);
  const create = `begin; ${ledgerSql.createSchema}; ${ledgerSql.create}; commit`;
  for (let round = 0; round < rounds; round++) {
    await load(url, create.replaceAll("holdfast", making.schema));
    making.schema = `emerging_${round}`;
  }
  making.over = true;
  await reading;
  return [...seen].toSorted();
}
