import { jsonCodec } from "../core/codec.ts";
import { copyPlain } from "../core/fields.ts";
import { checkSchemaName, defaultSchema } from "../core/schema-name.ts";
import type { ConnectionOptions } from "../postgres/connection/connection-options.ts";
import { describeConnection } from "../postgres/connection/describe.ts";
import { resolveConnection } from "../postgres/connection/resolve.ts";
import { openDatabase } from "../postgres/open-database.ts";
import { Events } from "../session/events.ts";
import { Hints } from "../session/hints.ts";
import { StoreSession } from "../session/store-session.ts";
import { Tally } from "../session/tally.ts";
import { diagnose, type Diagnosis } from "./diagnosis.ts";

/** Where to look. */
export type DiagnosedDatabase = ConnectionOptions & {
  /** "holdfast" by default. */
  readonly schema?: string | undefined;
};

/**
 * Makes the checks of `store.diagnose()` on a database whose schema may be of another release, or missing, so that no store opens on it.
 * Changes nothing.
 *
 * @throws InvalidInputError for wrong settings, naming them.
 * @throws UnavailableError if the database cannot be reached.
 */
export async function diagnoseDatabase(options: DiagnosedDatabase = {}): Promise<Diagnosis> {
  const { schema = defaultSchema, ...connection } = copyPlain(options, "options");
  checkSchemaName(schema);
  const settings = resolveConnection(connection);
  const database = await openDatabase(settings);
  const hints = new Hints(database, schema);
  const session = new StoreSession({
    database,
    schema,
    codec: jsonCodec,
    coalesce: false,
    hints,
    events: new Events(),
    tally: new Tally(),
  });
  try {
    const ping = async (): Promise<void> => session.ping();
    // Otherwise each check would say the same.
    await ping();
    return await diagnose({ database, schema, location: describeConnection(settings), ping, session });
  } finally {
    await session.close();
    await hints.close();
    await database.close();
  }
}
