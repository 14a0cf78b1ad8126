import type { Plan } from "../core/plan.ts";
import type { Database, WireStatement } from "../postgres/database.ts";

/** Limits of a single transaction, in milliseconds. */
export interface Guard {
  /** How long each of its statements waits for a lock that another holds; 0 for no limit. */
  readonly lockMs: number;
  /** How long each of its statements runs; the session's own limit by default. */
  readonly statementMs?: number;
}

const lockText = "select pg_catalog.set_config('lock_timeout', $1, true)";
const bothText = `${lockText}, pg_catalog.set_config('statement_timeout', $2, true)`;

/**
 * Sets a guard for its own transaction only: nothing stays on the session, so poolers may share it. If the server answers 55P03, it has
 * written nothing, and holds no lock for us.
 */
export function guardStatement({ lockMs, statementMs }: Guard, preparedStatements: boolean): WireStatement {
  const text = statementMs === undefined ? lockText : bothText;
  const values = [lockMs, ...(statementMs === undefined ? [] : [statementMs])].map(String);
  const guard = { text, values, label: "session/guard" };
  return preparedStatements ? { name: `hf_guard_${values.length}`, ...guard } : guard;
}

/** The session's own limits, set by the server, its role or its user; 0 for none. */
export interface OwnLimits {
  readonly lockMs: number;
  readonly statementMs: number;
}

const millisecondsOf = (setting: string): string =>
  `(extract(epoch from pg_catalog.current_setting('${setting}')::interval) * 1000)::bigint::text`;

/** Requests them. A setting is shown with its unit, which is also valid as an interval. */
export const ownLimits: Plan<OwnLimits> = {
  statements: [
    {
      statement: {
        name: "session/ownLimits",
        text: `select ${millisecondsOf("lock_timeout")}, ${millisecondsOf("statement_timeout")}`,
        prepared: false,
        readsOnly: true,
      },
      values: [],
    },
  ],
  read: ([rows = []]) => ({ lockMs: Number(rows[0]?.[0] ?? 0), statementMs: Number(rows[0]?.[1] ?? 0) }),
};

/** The database settings that decide how long its transactions may be idle. */
export type IdleSettings = Pick<Database, "preparedStatements" | "idleInTransactionTimeoutMs">;

/** Limits how long the transaction waits for its next statement to $1 milliseconds, unless the session's own limit is shorter. */
export const idleLimitSql = `case when
    extract(epoch from pg_catalog.current_setting('idle_in_transaction_session_timeout')::interval) * 1000 between 1 and $1::text::bigint
  then null else pg_catalog.set_config('idle_in_transaction_session_timeout', $1::text, true) end`;

/** The statement that sets it, or undefined without a limit. It ends with the transaction, so poolers may share the session. */
export function idleLimitStatement({
  preparedStatements,
  idleInTransactionTimeoutMs,
}: IdleSettings): WireStatement | undefined {
  if (idleInTransactionTimeoutMs === 0) return undefined;
  const text = `select ${idleLimitSql}`;
  const values = [String(idleInTransactionTimeoutMs)];
  const limit = { text, values, label: "session/idleLimit" };
  return preparedStatements ? { ...limit, name: "hf_idle_limit" } : limit;
}
