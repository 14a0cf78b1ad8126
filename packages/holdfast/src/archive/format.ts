import { createHash, type Hash } from "node:crypto";
import { CorruptError, InvalidInputError } from "../core/errors.ts";
import { shorten } from "../core/quote.ts";

/** The version of the format; others are refused. */
const formatVersion = 1;

/** One row: its columns as PostgreSQL's text, without null ones. */
export type ArchivedRow = Readonly<Record<string, string | null>>;

/** The first line of an archive. */
export interface ArchiveHeader {
  readonly holdfast: "archive";
  readonly format: number;
  /** The newest migration of the schema that the rows come from. */
  readonly schema: string;
  /** The execution that it holds, with its descendants; null for a whole store. */
  readonly execution: string | null;
}

/** The number of rows of each table. */
export type RowCounts = Readonly<Record<string, number>>;

/** The last line: the totals of the lines before it. */
interface ArchiveFooter {
  readonly end: { readonly rows: RowCounts; readonly sha256: string };
}

/** Produces the lines of an archive, and keeps their totals. */
export class ArchiveLines {
  readonly #hash: Hash = createHash("sha256");
  readonly #rows = new Map<string, number>();

  header(schema: string, execution: string | null): string {
    const header: ArchiveHeader = { holdfast: "archive", format: formatVersion, schema, execution };
    return this.#line(JSON.stringify(header));
  }

  row(table: string, row: ArchivedRow): string {
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + 1);
    return this.#line(JSON.stringify({ [table]: row }));
  }

  footer(): string {
    const rows = Object.fromEntries(this.#rows);
    return `${JSON.stringify({ end: { rows, sha256: this.#hash.digest("hex") } } satisfies ArchiveFooter)}\n`;
  }

  #line(text: string): string {
    const line = `${text}\n`;
    this.#hash.update(line);
    return line;
  }
}

/** Checks the lines of an archive as they come: that they are complete and unchanged. */
export class ArchiveCheck {
  readonly #hash = createHash("sha256");
  readonly #rows = new Map<string, number>();
  #header: ArchiveHeader | null = null;
  #end: ArchiveFooter["end"] | null = null;
  #lines = 0;

  /** Takes the next line, without its end. */
  add(line: string): void {
    this.#lines++;
    if (this.#end !== null) throw corrupt(`goes on after its last line, at line ${this.#lines}`);
    const value = parseLine(line, this.#lines);
    if (this.#header === null) this.#header = checkHeader(value);
    else if ("end" in value) {
      this.#end = (value as unknown as ArchiveFooter).end;
      return;
    } else {
      const { table } = rowOf(value, this.#lines);
      this.#rows.set(table, (this.#rows.get(table) ?? 0) + 1);
    }
    this.#hash.update(`${line}\n`);
  }

  /**
   * The header and the counts of a complete archive.
   *
   * @throws CorruptError if it is not complete.
   */
  finish(): { readonly header: ArchiveHeader; readonly rows: RowCounts } {
    if (this.#header === null) throw notAnArchive("is empty");
    const rows = Object.fromEntries(this.#rows);
    if (this.#end === null) throw corrupt(`ends after line ${this.#lines} without its last line: it was cut off`);
    if (this.#end.sha256 !== this.#hash.digest("hex")) throw corrupt("is not what was written: its checksum differs");
    return { header: this.#header, rows };
  }
}

/** Parses the object of a line. */
export function parseLine(line: string, number: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Cut off, or not our text.
  }
  if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  throw number === 1 ? notAnArchive("does not begin as one") : corrupt(`cannot be read at line ${number}`);
}

/** The table and the columns of a row's line. */
export function rowOf(
  value: Readonly<Record<string, unknown>>,
  line: number,
): { readonly table: string; readonly row: ArchivedRow } {
  const [[table, row] = ["", null], ...others] = Object.entries(value);
  if (typeof row !== "object" || row === null || others.length > 0) throw corrupt(`holds no row at line ${line}`);
  return { table, row: row as ArchivedRow };
}

function checkHeader(value: Readonly<Record<string, unknown>>): ArchiveHeader {
  if (value["holdfast"] !== "archive") throw notAnArchive("does not begin as one");
  if (value["format"] !== formatVersion) {
    throw notAnArchive(`has format ${shorten(String(value["format"]))}, and this release reads ${formatVersion}`);
  }
  return value as unknown as ArchiveHeader;
}

/** The error for a damaged archive. */
function corrupt(problem: string): CorruptError {
  return new CorruptError(`The archive ${problem}: export it again.`, { facts: { field: "archive" } });
}

/** The error for anything else than an archive that this release reads. */
export function notAnArchive(problem: string): InvalidInputError {
  return new InvalidInputError(`The archive ${problem}: give what \`export\` of this release wrote.`, {
    facts: { field: "archive" },
  });
}
