import { ConflictError, NotFoundError } from "../core/errors.ts";
import type { Plan, Row, Statement } from "../core/plan.ts";
import { encodeParameter, type Parameter } from "../core/values.ts";
import type { Session } from "../session/session.ts";
import type { ArchivedTable } from "./archived.ts";
import { type ArchivedRow, ArchiveLines } from "./format.ts";
import type { Spool } from "./spool.ts";
import { findOutsideJob, listFamily, readHistories } from "./statements.generated.ts";
import { archivedSequences, archivedTables } from "./tables.generated.ts";

/** How many rows are read at once; few if they may be large. */
const pageRows = { plain: 500, bytes: 8 };

/** Each page follows the lineages of all its executions: for a whole family at once, the cost would grow with its square. */
const historiesAtOnce = 20;

/** What to write into an archive. */
export interface ExportRequest {
  readonly schema: string;
  readonly executionId: string | null;
  readonly onProgress: (progress: { readonly rows: number; readonly total: null }) => void;
}

/** Writes an archive into a spool, from one transaction. */
export async function writeArchive(
  session: Session,
  spool: Spool,
  { schema, executionId, onProgress }: ExportRequest,
): Promise<void> {
  const lines = new ArchiveLines();
  const family = executionId === null ? null : await familyOf(session, executionId);
  await spool.write(lines.header(schema, executionId));
  let count = 0;
  for (const table of archivedTables) {
    for await (const row of rowsOf(session, table, family)) {
      await spool.write(lines.row(table.name, executionId === null ? row : detached(table, row, executionId)));
      onProgress({ rows: ++count, total: null });
    }
  }
  for (const { name, read } of archivedSequences.filter(({ isOwned }) => family === null || !isOwned)) {
    const [[value, isCalled] = []] = await session.run(plan(read, []));
    await spool.write(lines.row("sequences", { name, value: String(value), isCalled: String(isCalled) }));
  }
  await spool.write(lines.footer());
}

/** The execution and its descendants, if none of their jobs waits for one that would be left behind. */
async function familyOf(session: Session, executionId: string): Promise<readonly string[]> {
  const ids = (await session.run(listFamily({ id: executionId }))).map(({ id }) => id);
  if (ids.length === 0) {
    throw new NotFoundError(`Execution ${executionId} does not exist: export one that does.`, {
      facts: { entity: "execution", id: executionId },
    });
  }
  const outside = await session.run(findOutsideJob({ ids }));
  if (outside !== null) {
    throw new ConflictError(
      `Job ${outside.id} comes after job ${outside.afterId}, which is of another execution: export the whole store.`,
      { facts: { entity: "job", id: outside.id, after: outside.afterId } },
    );
  }
  return ids;
}

async function* rowsOf(
  session: Session,
  table: ArchivedTable,
  family: readonly string[] | null,
): AsyncGenerator<ArchivedRow, void, undefined> {
  if (family !== null && table.name === "history_entries") yield* historiesOf(session, family);
  else if (family === null) yield* pagesOf(session, table, { read: table.read, key: table.key, first: [] });
  else if (table.readOfExecutions !== null) {
    const key = table.identity === null ? table.key : [table.identity];
    yield* pagesOf(session, table, { read: table.readOfExecutions, key, first: [family] });
  }
}

/** All rows, page by page in key order. */
async function* pagesOf(
  session: Session,
  { columns, hasBytes }: ArchivedTable,
  {
    read,
    key,
    first,
  }: { readonly read: Statement; readonly key: readonly string[]; readonly first: readonly Parameter[] },
): AsyncGenerator<ArchivedRow, void, undefined> {
  const limit = hasBytes ? pageRows.bytes : pageRows.plain;
  let after: readonly (string | null)[] = key.map(() => null);
  for (;;) {
    const rows = await session.run(plan(read, [...first, ...after, limit]));
    let last: ArchivedRow = {};
    for (const row of rows) yield (last = toRow(columns, row));
    if (rows.length < limit) return;
    after = key.map((column) => last[column] ?? null);
  }
}

/** The entries of executions, including those that they share with executions that stay behind. */
async function* historiesOf(session: Session, family: readonly string[]): AsyncGenerator<ArchivedRow, void, undefined> {
  for (let from = 0; from < family.length; from += historiesAtOnce) {
    yield* historiesOfSome(session, family.slice(from, from + historiesAtOnce));
  }
}

async function* historiesOfSome(
  session: Session,
  ids: readonly string[],
): AsyncGenerator<ArchivedRow, void, undefined> {
  let after = { afterId: "", afterNumber: 0 };
  for (;;) {
    const rows = await session.run(readHistories({ ids, ...after, limit: pageRows.plain }));
    for (const { payload, ...row } of rows) yield payload === null ? row : { ...row, payload };
    const last = rows.at(-1);
    if (rows.length < pageRows.plain || last === undefined) return;
    after = { afterId: last.executionId, afterNumber: Number(last.number) };
  }
}

/** A row without its ties to executions that stay behind: the parent of the first, and the shares of forks. */
function detached({ name }: ArchivedTable, row: ArchivedRow, root: string): ArchivedRow {
  if (name === "executions" && row["id"] === root) return without(row, "parentId");
  return name === "history_forks" ? { ...without(row, "sourceId"), shared: "0" } : row;
}

function without(row: ArchivedRow, column: string): ArchivedRow {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== column));
}

function toRow(columns: readonly string[], values: Row): ArchivedRow {
  const row: Record<string, string> = {};
  for (const [i, column] of columns.entries()) {
    const value = values[i];
    if (typeof value === "string") row[column] = value;
  }
  return row;
}

/** A statement from the schema, with its parameters; its result is the raw rows. */
export function plan(statement: Statement, parameters: readonly Parameter[]): Plan<readonly Row[]> {
  return {
    statements: [{ statement, values: parameters.map((parameter) => encodeParameter(parameter)) }],
    read: ([rows = []]) => rows,
  };
}
