import type { Database, WireStatement } from "./database.ts";

/** What of a database decides how long its transactions may be idle. */
export type IdleSettings = Pick<Database, "preparedStatements" | "idleInTransactionTimeoutMs">;

/** Limits how long the transaction waits for its next statement to $1 milliseconds, unless the session's own limit is shorter. */
export const idleLimitSql = `case when
    extract(epoch from pg_catalog.current_setting('idle_in_transaction_session_timeout')::interval) * 1000 between 1 and $1::text::bigint
  then null else pg_catalog.set_config('idle_in_transaction_session_timeout', $1::text, true) end`;

/** The statement that sets it, or undefined where there is no limit. It ends with the transaction, so poolers may share the session. */
export function idleLimitStatement({
  preparedStatements,
  idleInTransactionTimeoutMs,
}: IdleSettings): WireStatement | undefined {
  if (idleInTransactionTimeoutMs === 0) return undefined;
  const text = `select ${idleLimitSql}`;
  const values = [String(idleInTransactionTimeoutMs)];
  return preparedStatements ? { text, name: "hf_idle_limit", values } : { text, values };
}
