import { ConflictError } from "../core/errors.ts";
import type { Session } from "../session/session.ts";
import type { ArchivedTable } from "./archived.ts";
import { plan } from "./export.ts";
import { type ArchivedRow, type ArchiveHeader, notAnArchive, parseLine, rowOf } from "./format.ts";
import type { Spool } from "./spool.ts";
import { findDefinition, findExecutions, placeExecutions, placeJobs, unpackChunks } from "./statements.generated.ts";
import { archivedSequences, archivedTables } from "./tables.generated.ts";

/** The size of one write, in rows and in characters of their lines. */
const batchMax = { rows: 500, characters: 4_000_000 };

/** How many imported jobs or executions one statement puts into their queues. */
const placedMax = 5000;

/** Reads a checked archive from a spool into the store, in one transaction. */
export async function readArchive(
  session: Session,
  spool: Spool,
  { header, onRow }: { readonly header: ArchiveHeader; readonly onRow: (count: number) => void },
): Promise<void> {
  // Rows come in key order, so a child may come before its parent.
  await session.run(plan(deferReferences, []));
  const isWhole = header.execution === null;
  if (isWhole) await refuseUsed(session);
  const batch = new Batch(session, isWhole);
  let number = 0;
  for await (const line of spool.lines()) {
    number++;
    const value = parseLine(line, number);
    if (number === 1 || "end" in value) continue;
    await batch.add(rowOf(value, number), line.length);
    onRow(number - 1);
  }
  await batch.flush();
  await batch.place();
}

const deferReferences = {
  name: "archive/defer references",
  prepared: false,
  readsOnly: false,
  text: "set constraints all deferred",
};

async function refuseUsed(session: Session): Promise<void> {
  for (const { name, isUsed } of archivedTables) {
    const [[used] = []] = await session.run(plan(isUsed, []));
    if (used === true) {
      throw new ConflictError(
        `The store holds ${name} already, and a whole store is imported into an empty one: open another schema.`,
        { facts: { entity: "store", table: name } },
      );
    }
  }
}

/** Rows of one table, written together. */
class Batch {
  readonly #session: Session;
  readonly #isWhole: boolean;
  #table: ArchivedTable | null = null;
  #rows: ArchivedRow[] = [];
  #characters = 0;
  readonly #executionIds: string[] = [];

  constructor(session: Session, isWhole: boolean) {
    this.#session = session;
    this.#isWhole = isWhole;
  }

  async add({ table: name, row }: { readonly table: string; readonly row: ArchivedRow }, size: number): Promise<void> {
    if (name === "sequences") return this.#setSequence(row);
    const table = archivedTables.find((each) => each.name === name);
    if (table === undefined) throw notAnArchive(`holds rows of ${name}, which no store has`);
    const isFull = this.#rows.length >= batchMax.rows || this.#characters + size > batchMax.characters;
    if (table !== this.#table || isFull) await this.flush();
    this.#table = table;
    this.#rows.push(row);
    this.#characters += size;
  }

  async #setSequence({ name, value, isCalled }: ArchivedRow): Promise<void> {
    const sequence = archivedSequences.find((each) => each.name === name);
    if (sequence === undefined) throw notAnArchive(`holds a sequence ${name}, which no store has`);
    await this.#session.run(plan(sequence.write, [value, isCalled]));
  }

  /** Fills the queues once all tables are imported: an archive has only the requests of jobs and executions that may be claimed. */
  async place(): Promise<void> {
    if (this.#isWhole) await this.#session.run(unpackChunks({}));
    for (const statement of [placeJobs, placeExecutions]) {
      for (let after: string | null = ""; after !== null;) {
        const placed: { readonly last: string | null } = await this.#session.run(
          statement({ after, isWhole: this.#isWhole, executionIds: this.#executionIds, limit: placedMax }),
        );
        after = placed.last;
      }
    }
  }

  async flush(): Promise<void> {
    const [table, rows] = [this.#table, this.#rows];
    this.#rows = [];
    this.#characters = 0;
    if (table === null || rows.length === 0) return;
    const fitting = this.#isWhole ? rows : await fit(this.#session, table, rows);
    const columns = table.columns.map((column) => {
      const isDrawnAnew = !this.#isWhole && column === table.identity;
      return fitting.map((row) => (isDrawnAnew ? null : row[column]));
    });
    await this.#session.run(plan(table.write, columns));
    if (table.name === "executions" && !this.#isWhole) this.#executionIds.push(...idsOf(fitting));
  }
}

/** Adjusts rows of single executions to those in the store. */
async function fit(
  session: Session,
  { name }: ArchivedTable,
  rows: readonly ArchivedRow[],
): Promise<readonly ArchivedRow[]> {
  if (name === "definitions") return fitDefinitions(session, rows);
  if (name !== "executions") return rows;
  const [taken] = await session.run(findExecutions({ ids: idsOf(rows) }));
  if (taken === undefined) return rows;
  throw new ConflictError(`Execution ${taken.id} exists: remove it first, or import into another store.`, {
    facts: { entity: "execution", id: taken.id },
  });
}

/** The missing ones. If their definition has an active version, they come as retired. */
async function fitDefinitions(session: Session, rows: readonly ArchivedRow[]): Promise<readonly ArchivedRow[]> {
  const fitting: ArchivedRow[] = [];
  for (const row of rows) {
    const key = { name: row["name"] ?? "", version: Number(row["version"]) };
    const { document, hasActive } = await session.run(findDefinition(key));
    if (document === null) fitting.push(hasActive && row["status"] === "active" ? { ...row, status: "retired" } : row);
    else if (document !== row["document"]) {
      throw new ConflictError(
        `Version ${key.version} of definition ${key.name} has another document here: import into another store.`,
        { facts: { entity: "definition", ...key } },
      );
    }
  }
  return fitting;
}

function idsOf(rows: readonly ArchivedRow[]): readonly string[] {
  return rows.map((row) => row["id"] ?? "");
}
