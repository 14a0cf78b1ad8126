import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { describeOnServers } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const docs = join(import.meta.dirname, "../../../../docs");
const fences = readdirSync(docs, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".md"))
  .flatMap((file) => fencesOf(file, readFileSync(join(docs, file), "utf8"), "sql"))
  // Those that say whose they are need its role: they are run by the test of their page.
  .filter(({ code }) => !code.startsWith("-- As "));

describeOnServers("the SQL that the pages show", (database) => {
  test.for(fences)("$place runs", async ({ code }) => {
    const options = await database.prepared();
    const client = new pg.Client("url" in options ? options.url : undefined);
    await client.connect();
    try {
      await client.query("begin");
      await expect(client.query(code)).resolves.toBeDefined();
    } finally {
      await client.end();
    }
  });
});
