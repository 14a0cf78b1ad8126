import type { WireStatement } from "./database.ts";
import type { Plan } from "./plan.ts";

/** Limits of one transaction alone, in milliseconds. */
export interface Guard {
  /** How long each of its statements waits for a lock that another holds; 0: for ever. */
  readonly lockMs: number;
  /** How long each of its statements runs; the session's own limit where it is left out. */
  readonly statementMs?: number;
}

const lockText = "select pg_catalog.set_config('lock_timeout', $1, true)";
const bothText = `${lockText}, pg_catalog.set_config('statement_timeout', $2, true)`;

/**
 * Sets a guard for the transaction that it travels in, and for no other: nothing stays on the session, so poolers may share it.
 * A server that then answers 55P03 has written nothing, and holds no lock for us.
 */
export function guardStatement({ lockMs, statementMs }: Guard, preparedStatements: boolean): WireStatement {
  const text = statementMs === undefined ? lockText : bothText;
  const values = [lockMs, ...(statementMs === undefined ? [] : [statementMs])].map(String);
  return preparedStatements ? { text, values, name: `hf_guard_${values.length}` } : { text, values };
}

/** The limits of a session by itself, as the server, its role or its user have set them; 0: none. */
export interface OwnLimits {
  readonly lockMs: number;
  readonly statementMs: number;
}

const millisecondsOf = (setting: string): string =>
  `(extract(epoch from pg_catalog.current_setting('${setting}')::interval) * 1000)::bigint::text`;

/** Asks for them. A setting is shown with its unit, which is also how an interval is written. */
export const ownLimits: Plan<OwnLimits> = {
  statements: [
    {
      statement: {
        name: "own_limits",
        text: `select ${millisecondsOf("lock_timeout")}, ${millisecondsOf("statement_timeout")}`,
        prepared: false,
      },
      values: [],
    },
  ],
  read: ([rows = []]) => ({ lockMs: Number(rows[0]?.[0] ?? 0), statementMs: Number(rows[0]?.[1] ?? 0) }),
};
