import { randomUUID } from "node:crypto";
import type { TestProject } from "vitest/node";
import {
  POSTGRES_MAJORS,
  type PostgresMajor,
  PostgresMissingError,
  type PostgresServer,
  startPostgres,
} from "../../../../tools/servers/postgres.ts";
import { openStore } from "../../src/index.ts";
import { createDatabase, onMaintenance } from "./maintenance.ts";

/** A server that the tests of this run may use, or why there is none. */
export interface ServerTarget {
  readonly name: `postgres-${PostgresMajor}` | "server";
  readonly url?: string;
  /** A database on it that holds a store without a row, for others to be made from. */
  readonly template?: string;
  readonly missing?: string;
}

declare module "vitest" {
  interface ProvidedContext {
    /** For each of the processes that run tests side by side, servers of its own. */
    servers: readonly (readonly ServerTarget[])[];
  }
}

/**
 * Vitest's global setup: starts servers once for each process that runs tests, or takes the one that DATABASE_URL names. HOLDFAST_TEST_MAJORS
 * names the releases; by default the newest, and for long tests all. A server of its own, for an open transaction in one database is felt
 * in all.
 *
 * DATABASE_URL is then hidden from the tests, since the library reads it too and a test of the defaults must not reach
 * that server by accident.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const url = process.env["DATABASE_URL"];
  if (url !== undefined && url !== "") {
    delete process.env["DATABASE_URL"];
    const template = await makeTemplate(url);
    project.provide("servers", [[{ name: "server", url, template }]]);
    return () => onMaintenance(url, `drop database "${template}"`);
  }
  const processes = Array.from({ length: project.vitest.config.maxWorkers });
  const started = await Promise.all(processes.map(() => Promise.all(chosenMajors().map(startOrExplain))));
  project.provide(
    "servers",
    started.map((servers) => servers.map(({ target }) => target)),
  );
  return async () => {
    await Promise.all(started.flat().map(async ({ server }) => server?.stop()));
  };
}

function chosenMajors(): readonly PostgresMajor[] {
  const named = process.env["HOLDFAST_TEST_MAJORS"]?.split(",");
  if (named) return POSTGRES_MAJORS.filter((major) => named.includes(String(major)));
  return process.env["HOLDFAST_LONG_TESTS"] === "1" ? POSTGRES_MAJORS : POSTGRES_MAJORS.slice(-1);
}

async function startOrExplain(major: PostgresMajor): Promise<{ target: ServerTarget; server?: PostgresServer }> {
  const name = `postgres-${major}` as const;
  try {
    // An analysis that comes by itself holds the feed of all databases back for as long as it commits, as any transaction does.
    const server = await startPostgres({ major, settings: { autovacuum: "off" } });
    return { target: { name, url: server.url, template: await makeTemplate(server.url) }, server };
  } catch (error) {
    if (!(error instanceof PostgresMissingError)) throw error;
    return { target: { name, missing: error.message } };
  }
}

/** Makes a database with Holdfast's schema: to copy it takes a tenth of the time that the migrations take. */
async function makeTemplate(url: string): Promise<string> {
  const name = `t_template_${randomUUID()}`;
  await (await openStore({ url: await createDatabase(url, name) })).close();
  return name;
}
