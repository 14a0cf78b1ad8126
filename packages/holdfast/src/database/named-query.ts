import pg from "pg";
import type { WireResult, WireStatement } from "./database.ts";
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
  execute(message: null): void;
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
 * A named statement on its way over one of our own clients, which are in pipeline mode.
 *
 * Its columns are described to us once a connection, when it is prepared: a prepared statement cannot change them.
 */
class NamedQuery extends DriverQuery {
  readonly name: string;
  readonly text: string;
  /** The driver asks for it, and wraps it where it times the answer. */
  callback: (error: Error | null, result?: WireResult) => void;
  readonly #values: readonly ParameterValue[];
  readonly #rows: unknown[][] = [];
  #parsers: readonly ColumnParser[] | undefined;
  #command = "";
  #failure: Error | undefined;

  constructor(name: string, { text, values }: WireStatement, callback: NamedQuery["callback"]) {
    super("");
    this.name = name;
    this.text = text;
    this.callback = callback;
    this.#values = values;
  }

  submit(connection: WireConnection): null {
    const { name, text } = this;
    const known = parsersOf(connection);
    this.#parsers = known.get(name);
    connection.stream.cork();
    try {
      if (connection.parsedStatements[name] === undefined && connection.submittedNamedStatements[name] === undefined) {
        connection.parse({ text, name });
        connection.submittedNamedStatements[name] = text;
        this.#parsers = undefined;
      }
      connection.bind({ statement: name, values: this.#values.map(asBuffer) });
      if (this.#parsers === undefined) connection.describe({ type: "P" });
      connection.execute(null);
    } catch (error) {
      // Too large for a message; told when the server has answered to the rest, so that the next query is not taken for this one.
      this.#failure = error as Error;
    } finally {
      connection.sync();
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#parsers = fields.map((field) => typeParsers.getTypeParser(field.dataTypeID));
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    const parsers = this.#parsers ?? [];
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
    const end = text.indexOf(" ");
    this.#command = end < 0 ? text : text.slice(0, end);
    // One without a description gives no rows.
    parsersOf(connection).set(this.name, this.#parsers ?? []);
  }

  handleError(error: Error): void {
    this.callback(this.#failure ?? error);
  }

  handleReadyForQuery(): void {
    if (this.#failure) this.callback(this.#failure);
    else this.callback(null, { rows: this.#rows, command: this.#command });
  }
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

/** Sends a named statement over a client of the `pg` that is imported here, in pipeline mode. */
export function sendNamed(client: pg.ClientBase, name: string, statement: WireStatement): Promise<WireResult> {
  return new Promise((resolve, reject) => {
    const query = new NamedQuery(name, statement, (error, result) => {
      if (result) resolve(result);
      else reject(error ?? new Error("The driver gave neither a result nor an error"));
    });
    // Its types know of other queries, but not of what they must offer.
    client.query(query as unknown as pg.Submittable);
  });
}
