import { check, type Check, skipped, some, spell } from "./check.ts";
import type { ListOldTransactionsRow, ListVacuumsRow, MissingPrivilegesRow } from "./statements.generated.ts";

/** From then on an open transaction is more than a slow report. */
const stuckTransactionMs = 600_000;

/** Fewer dead rows than this are no burden, whatever their share. */
const deadRowsMin = 10_000;

/** Transactions that keep vacuum from removing dead rows. */
export function checkTransactions(
  old: readonly ListOldTransactionsRow[],
  { olderMs, seesOthers }: { readonly olderMs: number; readonly seesOthers: boolean },
): Check {
  if (old.length === 0) {
    const hidden = seesOthers ? "" : " among those that this role may see";
    const advice = seesOthers ? null : "Grant pg_read_all_stats to the role to see all.";
    return check("transactions", "ok", `No transaction is open for ${spell(olderMs)}${hidden}.`, advice);
  }
  const names = old.map(({ kind, name, role, state, openMs }) => {
    if (kind === "slot") return `replication slot ${name} (inactive)`;
    return `${kind === "prepared" ? "prepared transaction" : "session"} ${name} of ${role} (${state}, ${spell(openMs)})`;
  });
  return check(
    "transactions",
    old.some(({ openMs }) => openMs > stuckTransactionMs) ? "fail" : "warn",
    `Open for long: ${some(names, 3)}.`,
    "They keep dead rows in every table, and may hold locks. End one by `select pg_terminate_backend(PID)`.",
  );
}

/** Whether vacuum keeps up with the tables. */
export function checkVacuum(tables: readonly ListVacuumsRow[], { isShared }: { readonly isShared: boolean }): Check {
  if (!isShared) return skipped("vacuum", "The embedded database vacuums by itself.");
  const leftOut = tables.filter(({ isLeftOut }) => isLeftOut).map(({ name }) => name);
  if (leftOut.length > 0) {
    const advice = "Run `alter table … reset (autovacuum_enabled)` on each.";
    return check("vacuum", "fail", `Autovacuum is off for ${some(leftOut)}.`, advice);
  }
  const bloated = tables.filter(({ rows, deadRows }) => deadRows > deadRowsMin && deadRows > rows);
  if (bloated.length > 0) {
    const names = bloated.map(({ name, rows, deadRows }) => `${name} (${deadRows} dead of ${rows + deadRows})`);
    const advice = "End old transactions first. Then run `vacuum`, and vacuum these tables more often: docs/tuning.md.";
    return check("vacuum", "warn", `Vacuum does not keep up with ${some(names)}.`, advice);
  }
  return check("vacuum", "ok", "Vacuum keeps up with all tables.");
}

/** Whether the role may do all that a store does. */
export function checkPrivileges(missing: readonly MissingPrivilegesRow[], schema: string): Check {
  if (missing.length === 0) return check("privileges", "ok", "The role may do all that a store does.");
  const names = missing.map(({ kind, name, privileges }) => `${privileges} on ${kind} ${name}`);
  const [first] = missing;
  const grant = `grant ${first?.privileges ?? ""} on ${first?.kind ?? ""} ${schema}.${first?.name ?? ""} to …`;
  return check(
    "privileges",
    "fail",
    `The role lacks ${some(names)}.`,
    `Grant it as the schema's owner, such as \`${grant}\`: docs/guides/production.md.`,
  );
}
