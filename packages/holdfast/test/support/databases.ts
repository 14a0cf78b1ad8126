import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, inject, test } from "vitest";
import { createDatabase, onMaintenance } from "./maintenance.ts";
import type { ServerTarget } from "./servers.ts";

/** The names of the databases that one test may run on. */
export type DatabaseName = "embedded" | ServerTarget["name"];

/** How to open a fresh database: the embedded one in memory, or a database of its own on a server. */
export type DatabaseOptions = { readonly memory: true } | { readonly url: string };

/** One empty database of a test's own. */
export interface FreshDatabase {
  readonly name: DatabaseName;
  /** Makes the database at the first call, and gives the same options ever after. */
  options(): Promise<DatabaseOptions>;
  /**
   * The same, but the first call makes it with Holdfast's schema, which would take a store half a second. Not for tests of migrations.
   */
  prepared(): Promise<DatabaseOptions>;
  /** Removes it, even if somebody is still connected. */
  drop(): Promise<void>;
}

/** A kind of database that tests run on in this run. */
export interface DatabaseTarget {
  readonly name: DatabaseName;
  /** Why it cannot be used on this machine; undefined where it can. */
  readonly missing: string | undefined;
  /** A fresh database; the label becomes a part of its name, to recognise it in pg_stat_activity. */
  fresh(label?: string): FreshDatabase;
}

/** Every target of this run, embedded first. */
export function databases(): readonly DatabaseTarget[] {
  return [
    { name: "embedded", missing: undefined, fresh: embedded },
    ...ownServers().map((server) => ({
      name: server.name,
      missing: server.missing,
      fresh: (label?: string) => onServer(server, label),
    })),
  ];
}

/** The servers of the process that runs this test. */
function ownServers(): readonly ServerTarget[] {
  const all = inject("servers");
  return all[(Number(process.env["VITEST_POOL_ID"] ?? "1") - 1) % all.length] ?? [];
}

/**
 * Describes the same tests on every target, each with a fresh database that is dropped after its tests.
 *
 * A target that this machine lacks counts as one skipped test that names the reason, and as a failure where `CI` is set.
 */
export function describeOnEach(
  title: string,
  tests: (database: FreshDatabase) => void,
  only: (name: DatabaseName) => boolean = () => true,
): void {
  for (const target of databases().filter(({ name }) => only(name))) {
    describe(`${title} (${target.name})`, () => {
      if (target.missing !== undefined) {
        reportMissing(target.missing);
        return;
      }
      const database = target.fresh(title);
      afterAll(() => database.drop());
      tests(database);
    });
  }
}

/** Describes tests that need a real server: every target but the embedded database. */
export function describeOnServers(title: string, tests: (database: FreshDatabase) => void): void {
  describeOnEach(title, tests, (name) => name !== "embedded");
}

function reportMissing(reason: string): void {
  test.skipIf(process.env["CI"] === undefined)(`needs a server: ${reason}`, () => {
    expect.fail(`A server that CI must have is missing: ${reason}.`);
  });
}

function embedded(): FreshDatabase {
  const options = Promise.resolve({ memory: true } as const);
  return { name: "embedded", options: () => options, prepared: () => options, drop: () => Promise.resolve() };
}

function onServer(server: ServerTarget, label = "test"): FreshDatabase {
  const slug = label
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .slice(0, 40);
  const name = `t_${slug}_${randomBytes(6).toString("hex")}`;
  let made: Promise<DatabaseOptions> | undefined;
  return {
    name: server.name,
    options: () => (made ??= create(serverUrl(server), name)),
    prepared: () => (made ??= create(serverUrl(server), name, server.template)),
    drop: async () => {
      if (made === undefined) return;
      await onMaintenance(serverUrl(server), `drop database if exists "${name}" with (force)`);
    },
  };
}

async function create(url: string, name: string, template?: string): Promise<DatabaseOptions> {
  return { url: await createDatabase(url, name, template) };
}

function serverUrl(server: ServerTarget): string {
  if (server.url === undefined) throw new Error(`${server.name} is missing: ${server.missing ?? "no reason is known"}`);
  return server.url;
}
