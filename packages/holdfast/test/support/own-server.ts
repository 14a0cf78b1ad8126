import type { TestContext } from "vitest";
import {
  PostgresMissingError,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../../../../tools/servers/postgres.ts";

/**
 * Starts a server for one test alone, to kill it or to change its settings; it is stopped when the test has finished.
 *
 * A machine that lacks it skips the test with the reason; where `CI` is set, that is a failure.
 */
export async function ownServer(context: TestContext, options: PostgresOptions): Promise<PostgresServer> {
  try {
    const server = await startPostgres(options);
    context.onTestFinished(() => server.stop());
    return server;
  } catch (error) {
    if (error instanceof PostgresMissingError && process.env["CI"] === undefined) context.skip(error.message);
    throw error;
  }
}
