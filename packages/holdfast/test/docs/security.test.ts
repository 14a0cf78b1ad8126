import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../src/index.ts";
import { databases, describeOnEach } from "../support/databases.ts";
import { fencesOf } from "./fences.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/guides/security.md"), "utf8");
// Roles belong to all databases of a server, which others may use.
const prefix = `t_${randomBytes(6).toString("hex")}`;
const roles = ["orders_app", "tenant_a_app", "tenant_b_app"].map((role) => `${prefix}_${role}`).join(", ");

// One server is enough: what differs between servers is the contract's concern.
const server = databases().at(-1);

describeOnEach(
  "what the page on security says",
  (database) => {
    let url: string;
    const query = async (on: string, sql: string): Promise<unknown> => {
      const client = new pg.Client({ connectionString: on });
      await client.connect();
      try {
        return await client.query(sql);
      } finally {
        await client.end();
      }
    };
    const urlOf = (tenant: string): string => {
      const own = new URL(url);
      Object.assign(own, { username: `${prefix}_tenant_${tenant}_app`, password: `change-me-${tenant}` });
      return own.href;
    };

    beforeAll(async () => {
      const options = await database.options();
      url = "url" in options ? options.url : "";
      await query(url, `create role ${prefix}_orders_app`);
      for (const { code } of fencesOf("security.md", page, "sql")) {
        await query(url, code.replaceAll(/(orders|tenant)_\w+/g, `${prefix}_$&`));
      }
    });

    afterAll(() => query(url, `drop owned by ${roles} cascade; drop role ${roles}`));

    test("tenants in schemas of their own do not reach each other", async () => {
      const schema = `${prefix}_tenant_a`;
      await using store = await openStore({ url: urlOf("a"), schema });
      await store.jobs.push({ queue: "secret" });
      await expect(query(urlOf("b"), `select queue from ${schema}.jobs`)).rejects.toMatchObject({ code: "42501" });
      await using own = await openStore({ url: urlOf("b"), schema: `${prefix}_tenant_b` });
      expect(await own.queues.counts()).toMatchObject({ ready: 0 });
    });
  },
  (name) => name === server?.name,
);
