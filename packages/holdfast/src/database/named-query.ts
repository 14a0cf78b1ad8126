import pg from "pg";
import { UnavailableError } from "../errors.ts";
import { type Column, quickColumn, textColumn } from "./binary-values.ts";
import { executionMessages } from "./bind-message.ts";
import type { NamedStatement, WireResult } from "./database.ts";
import { failedAt } from "./failed-statement.ts";
import type { OwnClient, RowReader } from "./own-client.ts";

/** What the driver's connection offers to a query that it submits; its types leave most of it out. */
interface WireConnection {
  readonly stream: { cork(): void; uncork(): void; write(bytes: Buffer): void };
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { readonly text: string; readonly name: string }): void;
  execute(message: { readonly portal: string }): void;
  sync(): void;
}

/** The columns of the prepared statements of each connection, once one was executed and described. */
const knownColumns = new WeakMap<WireConnection, Map<string, Described>>();

/** What is known of a prepared statement's columns: how each is to come from now on. */
interface Described {
  readonly columns: readonly Column[];
  readonly formats: readonly boolean[];
}

// A client in pipeline mode takes what is an instance of its own class only; that class does more for each call than PostgreSQL does for
// a short one, so all that is called in between is overridden. The driver's types tell of none of these methods: package.json holds its
// minor version.
const DriverQuery = pg.Query as unknown as new (text: string) => object;

/**
 * Named statements on their way over one of our own clients, which are in pipeline mode, up to one Sync: where no transaction is
 * open, the server makes them one, and what fails undoes them all.
 *
 * Columns are described to us once a connection, when a statement is prepared: a prepared statement cannot change them.
 */
class NamedQuery extends DriverQuery implements RowReader {
  /** Of the statement that is being answered: what the driver then knows to be prepared. */
  name = "";
  text = "";
  /** The driver asks for it, and wraps it where it times the answer. */
  callback: (error: Error | null, results?: readonly WireResult[]) => void;
  readonly #statements: readonly NamedStatement[];
  /** The columns of each as they come this time: as text, where they are described with their rows. */
  readonly #columns: (readonly Column[])[] = [];
  /** Statements that this connection has already described. */
  #described: Described | undefined;
  readonly #results: WireResult[] = [];
  #rows: unknown[][] = [];
  #failure: Error | undefined;

  constructor(statements: readonly NamedStatement[], callback: NamedQuery["callback"]) {
    super("");
    this.callback = callback;
    this.#statements = statements;
    this.#expectNext();
  }

  submit(connection: WireConnection): null {
    const { stream } = connection;
    const last = this.#statements.length - 1;
    stream.cork();
    try {
      for (const [i, statement] of this.#statements.entries()) {
        const known = prepare(connection, statement);
        this.#columns.push(known?.columns ?? []);
        stream.write(executionMessages({ ...statement, formats: known?.formats, isLast: i === last }));
      }
    } catch (error) {
      // Too large for a message; told when the server has answered to the rest, so that the next query is not taken for this one. There is
      // no such portal, so what came before is undone.
      this.#failure = error as Error;
      connection.execute({ portal: "one that was too large" });
      connection.sync();
    } finally {
      stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    const columns = fields.map(({ dataTypeID }) => quickColumn(dataTypeID));
    this.#described = { columns, formats: columns.map(({ isBinary }) => isBinary) };
    this.#columns[this.#results.length] = fields.map(({ dataTypeID }) => textColumn(dataTypeID));
  }

  readRow(bytes: Buffer, start: number): void {
    const columns = this.#columns[this.#results.length] ?? [];
    let at = start + 2;
    try {
      // An array of just their number: one that grows takes four times the memory.
      const row = columns.map(({ width, read }) => {
        const from = at + 4;
        const length = bytes.readInt32BE(at);
        at = from + Math.max(length, 0);
        if (length < 0) return null;
        if (width !== undefined && length !== width) throw otherWidth(length, width);
        return read(bytes, from, at);
      });
      this.#rows.push(row);
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }, connection: WireConnection): void {
    // One without a description gives no rows.
    const known = columnsOf(connection);
    if (!known.has(this.name)) known.set(this.name, this.#described ?? noColumns);
    this.#described = undefined;
    const end = text.indexOf(" ");
    this.#results.push({ rows: this.#rows, command: end < 0 ? text : text.slice(0, end) });
    this.#rows = [];
    this.#expectNext();
  }

  handleError(error: Error, connection: WireConnection): void {
    // The server has skipped what came after the one that failed.
    for (const { name } of this.#statements.slice(this.#results.length)) {
      Reflect.deleteProperty(connection.submittedNamedStatements, name);
    }
    this.callback(this.#failure ?? failedAt(error, this.#statements[this.#results.length]));
  }

  handleReadyForQuery(): void {
    if (this.#failure) this.callback(this.#failure);
    else this.callback(null, this.#results);
  }

  #expectNext(): void {
    const next = this.#statements[this.#results.length];
    if (next) ({ name: this.name, text: this.text } = next);
  }
}

/** A pooler prepares statements anew, and a column's type may have changed since: read as the former, values would be wrong. */
function otherWidth(length: number, width: number): UnavailableError {
  return new UnavailableError(
    `A column gave a value of ${length} bytes where its type had ${width} when it was described, so the connection is closed.`,
    { retryable: true },
  );
}

const noColumns: Described = { columns: [], formats: [] };

/** Prepares a statement where it is not yet, and gives what is known of its columns. */
function prepare(connection: WireConnection, { name, text }: NamedStatement): Described | undefined {
  const known = columnsOf(connection);
  if (connection.parsedStatements[name] === undefined && connection.submittedNamedStatements[name] === undefined) {
    connection.parse({ text, name });
    connection.submittedNamedStatements[name] = text;
    known.delete(name);
  }
  return known.get(name);
}

function columnsOf(connection: WireConnection): Map<string, Described> {
  let known = knownColumns.get(connection);
  if (!known) knownColumns.set(connection, (known = new Map<string, Described>()));
  return known;
}

/** Sends named statements up to one Sync, over one of our own clients. */
export function sendNamed(client: OwnClient, statements: readonly NamedStatement[]): Promise<readonly WireResult[]> {
  return new Promise((resolve, reject) => {
    const query = new NamedQuery(statements, (error, results) => {
      if (results) resolve(results);
      else reject(error ?? new Error("The driver gave neither a result nor an error"));
    });
    // Its types know of other queries, but not of what they must offer.
    client.query(query as unknown as pg.Submittable);
  });
}
