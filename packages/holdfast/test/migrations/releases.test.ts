import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../src/migrations/runner.ts";
import type { Database } from "../../src/postgres/database.ts";
import { open } from "../database/support.ts";
import { describeOnEach } from "../support/databases.ts";
import { ask, dump } from "./support.ts";

const folder = join(import.meta.dirname, "releases");
const releases = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".sql")) : [];

describeOnEach("the schema of every release", (fresh) => {
  let database: Database;
  beforeAll(async () => {
    database = await open(await fresh.options());
    await migrate(database, "fresh");
  });
  afterAll(() => database.close());

  test("lies among the frozen ones, if there was a release", () => {
    expect(releases.every((file) => /^\d+\.\d+\.\d+\.sql$/.test(file))).toBe(true);
  });

  test.each(releases)("%s comes forward to the schema of a new database", async (file) => {
    await ask(database, "drop schema if exists holdfast cascade");
    await ask(database, readFileSync(join(folder, file), "utf8"));
    await migrate(database, "holdfast");
    expect(await dump(database, "holdfast")).toBe(await dump(database, "fresh"));
  });
});
