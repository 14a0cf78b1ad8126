import pg from "pg";
import type { NamedStatement, WireResult } from "./database.ts";
import type { ParameterValue } from "./plan.ts";
import { typeParsers } from "./values.ts";

/** What the driver's connection offers to a query that it submits; its types leave most of it out. */
interface WireConnection {
  readonly stream: { cork(): void; uncork(): void };
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { readonly text: string; readonly name: string }): void;
  bind(message: { readonly statement: string; readonly values: readonly ParameterValue[] }): void;
  describe(message: { readonly type: "P" }): void;
  execute(message: { readonly portal: string } | null): void;
  sync(): void;
}

type ColumnParser = (text: string) => unknown;

/** What a prepared statement's columns are read by, from its first execution on a connection on. */
const knownParsers = new WeakMap<WireConnection, Map<string, readonly ColumnParser[]>>();

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
class NamedQuery extends DriverQuery {
  /** Of the statement that is being answered: what the driver then knows to be prepared. */
  name = "";
  text = "";
  /** The driver asks for it, and wraps it where it times the answer. */
  callback: (error: Error | null, results?: readonly WireResult[]) => void;
  readonly #statements: readonly NamedStatement[];
  readonly #parsers: (readonly ColumnParser[] | undefined)[] = [];
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
    connection.stream.cork();
    try {
      for (const statement of this.#statements) this.#parsers.push(send(connection, statement));
    } catch (error) {
      // Too large for a message; told when the server has answered to the rest, so that the next query is not taken for this one. There is
      // no such portal, so what came before is undone.
      this.#failure = error as Error;
      connection.execute({ portal: "one that was too large" });
    } finally {
      connection.sync();
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#parsers[this.#results.length] = fields.map((field) => typeParsers.getTypeParser(field.dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    const parsers = this.#parsers[this.#results.length] ?? [];
    const row: unknown[] = fields;
    try {
      for (let i = 0; i < row.length; i++) {
        const text = fields[i];
        if (text !== null && text !== undefined) row[i] = parsers[i]?.(text);
      }
      this.#rows.push(row);
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }, connection: WireConnection): void {
    // One without a description gives no rows.
    parsersOf(connection).set(this.name, this.#parsers[this.#results.length] ?? []);
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
    this.callback(this.#failure ?? error);
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

/** Sends one statement without a Sync, and gives what its columns are read by, where that is known. */
function send(connection: WireConnection, { name, text, values }: NamedStatement): readonly ColumnParser[] | undefined {
  let parsers = parsersOf(connection).get(name);
  if (connection.parsedStatements[name] === undefined && connection.submittedNamedStatements[name] === undefined) {
    connection.parse({ text, name });
    connection.submittedNamedStatements[name] = text;
    parsers = undefined;
  }
  connection.bind({ statement: name, values: values.map(asBuffer) });
  if (parsers === undefined) connection.describe({ type: "P" });
  connection.execute(null);
  return parsers;
}

function parsersOf(connection: WireConnection): Map<string, readonly ColumnParser[]> {
  let known = knownParsers.get(connection);
  if (!known) knownParsers.set(connection, (known = new Map<string, readonly ColumnParser[]>()));
  return known;
}

/** The driver sends as bytes what is a Buffer, and takes all else for text. */
function asBuffer(value: ParameterValue): ParameterValue {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Sends named statements up to one Sync, over a client of the `pg` that is imported here, in pipeline mode. */
export function sendNamed(
  client: pg.ClientBase,
  statements: readonly NamedStatement[],
): Promise<readonly WireResult[]> {
  return new Promise((resolve, reject) => {
    const query = new NamedQuery(statements, (error, results) => {
      if (results) resolve(results);
      else reject(error ?? new Error("The driver gave neither a result nor an error"));
    });
    // Its types know of other queries, but not of what they must offer.
    client.query(query as unknown as pg.Submittable);
  });
}
