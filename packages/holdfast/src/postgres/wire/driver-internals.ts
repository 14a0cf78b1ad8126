import pg from "pg";
import type { NamedStatement, WireResult } from "../database.ts";
import { failedAt } from "../failed-statement.ts";
import { type Column, executionMessages, quickColumn, readRow, rowSplitter, textColumn } from "./messages.ts";

// Everything that Holdfast uses of the driver beyond its documentation, read in the sources of pg, pg-pool and pg-protocol. Their versions
// were 8.23.1, 3.14.0 and 1.16.1; package.json pins pg. Once in each process, self-check.ts tries the quick path for prepared statements.
// If it fails, or a member is missing, statements take the plain path of pg. A test keeps these names out of other files.

/** The half of a client that speaks the protocol. */
interface DriverConnection {
  /** The socket, or the stream that TLS puts in its place. */
  readonly stream: DriverStream;
  /** The texts of statements that the server has parsed, by name. The driver sets them at the answer to Parse. */
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  /** The same while Parse is under way. The sender sets them, and the driver removes the one that is answered. */
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { readonly text: string; readonly name: string }): void;
  execute(message: { readonly portal: string }): void;
  sync(): void;
  /** Leads a stream's data to the driver's parser, which calls `on` and nothing else. */
  attachListeners(stream: Pick<DriverStream, "on">): unknown;
  /** Its events are the server's messages. */
  once(event: string, listener: (message: { readonly mechanisms?: readonly string[] }) => void): unknown;
}

interface DriverStream {
  on(event: string, listener: (bytes: Buffer) => void): unknown;
  write(bytes: Buffer): unknown;
  destroy(error?: Error): unknown;
}

interface DriverClient {
  readonly connection: DriverConnection;
  /** The query whose answer is being read. */
  _getActiveQuery(): object | null;
  /** The proof that the server wants with a request to cancel a statement. */
  readonly processID: unknown;
  readonly secretKey: unknown;
}

/** Whether the quick path gives the same values as the plain path of pg. Statements take it once it is trusted. */
let trust: "untried" | "on trial" | "trusted" | "distrusted" = "untried";
let reason: string | null = null;
/** Why statements take the plain path of pg, if the trial failed; null otherwise. */
export const whyPlain = (): string | null => reason;

/** After this many calls, the process has started and its session is warm. */
const callsBeforeTrial = 20;
let callsUntilTrial = callsBeforeTrial;

/** Returns whether this client should try the quick path now, for its process. If so, the caller must call `endTrial`. */
export function beginTrial(client: pg.ClientBase): client is PipelinedClient {
  if (trust !== "untried" || !(client instanceof PipelinedClient)) return false;
  if (--callsUntilTrial > 0) return false;
  trust = "on trial";
  return true;
}

/** Ends the trial. If it decided nothing, another follows. */
export function endTrial(verdict: "trusted" | "untried"): void {
  trust = verdict;
  callsUntilTrial = callsBeforeTrial;
}

/** Ends the trial, or makes it needless. Statements take the plain path of pg from now on, and a warning says so. */
export function distrustDriver(why: string): void {
  if (trust === "distrusted") return;
  trust = "distrusted";
  reason = `The installed pg is not as Holdfast knows it (${why}), so statements take its own way, which is slower: install pg 8.23.1.`;
  process.emitWarning(reason, { type: "HoldfastWarning" });
}

/** A pipelined client. Its prepared statements skip what the driver does for each call, and give their rows in binary. */
export class PipelinedClient extends pg.Client {
  /** How many prepared queries are under way. */
  underWay = 0;
  /** The columns of prepared statements that were described on this connection, by name. A prepared statement cannot change them. */
  readonly columns: Map<string, readonly Column[]> = new Map();

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const missing = missingMember(this);
    if (missing !== undefined) distrustDriver(`it has no ${missing}`);
    if (trust !== "distrusted") divertRows(this);
  }

  /** Whether prepared statements may take the quick path, `sendPrepared`. */
  get isQuick(): boolean {
    return trust === "trusted";
  }
}

function insideOf(client: pg.ClientBase): DriverClient {
  return client as unknown as DriverClient;
}

function missingMember(client: pg.ClientBase): string | undefined {
  if (typeof Reflect.get(pg, "Query") !== "function") return "Query";
  if (typeof insideOf(client)._getActiveQuery !== "function") return "_getActiveQuery";
  const connection = Object(insideOf(client).connection) as object;
  return connectionMembers.find(([name, type]) => typeof Reflect.get(connection, name) !== type)?.[0];
}

const connectionMembers: readonly (readonly [keyof DriverConnection, "function" | "object"])[] = [
  ["stream", "object"],
  ["parsedStatements", "object"],
  ["submittedNamedStatements", "object"],
  ["parse", "function"],
  ["execute", "function"],
  ["sync", "function"],
  ["attachListeners", "function"],
];

/** Keeps the rows of prepared queries from the driver's parser, which would make text of everything in them, bytes too. */
function divertRows(client: PipelinedClient): void {
  const { connection } = insideOf(client);
  const attach = connection.attachListeners.bind(connection);
  const readRowFor = (bytes: Buffer, start: number): boolean => {
    const query = client.underWay > 0 && insideOf(client)._getActiveQuery();
    if (!(query instanceof PreparedQuery)) return false;
    query.readRow(bytes, start);
    return true;
  };
  connection.attachListeners = (stream) => {
    const diverting = (parse: (bytes: Buffer) => void): ((bytes: Buffer) => void) => {
      const take = rowSplitter(readRowFor, parse);
      return (piece) => {
        try {
          take(piece);
        } catch (error) {
          // Nobody could catch it; the driver throws at a login method that it does not know, for one.
          (stream as DriverStream).destroy(error as Error);
        }
      };
    };
    return attach({ on: (event, listener) => stream.on(event, event === "data" ? diverting(listener) : listener) });
  };
}

// In pipeline mode a client takes only instances of this class. Its methods do more for each call than PostgreSQL does for a short one.
const DriverQuery = (Reflect.get(pg, "Query") ?? Object) as new (text: string) => object;

/**
 * Named statements on their way up to one Sync. Where no transaction is open, the server makes them one, and a failure undoes them all.
 *
 * The driver calls `submit` and what begins with `handle`, and reads `name`, `text` and `callback`.
 */
class PreparedQuery extends DriverQuery {
  /** Of the statement that is being answered: the driver takes it for parsed then. */
  name = "";
  text = "";
  /** The driver wraps it where it times the answer. */
  callback: (error: Error | null, results?: readonly WireResult[]) => void;
  readonly #known: Map<string, readonly Column[]>;
  readonly #statements: readonly NamedStatement[];
  /** The columns of each as they come this time: as text, where they are described with their rows. */
  readonly #columns: (readonly Column[])[] = [];
  /** How the columns are to come from now on, of the statement that is being answered. */
  #described: readonly Column[] = [];
  readonly #results: WireResult[] = [];
  #rows: unknown[][] = [];
  #failure: Error | undefined;

  constructor(client: PipelinedClient, statements: readonly NamedStatement[], callback: PreparedQuery["callback"]) {
    super("");
    this.callback = callback;
    this.#known = client.columns;
    this.#statements = statements;
    this.#expectNext();
  }

  submit(connection: DriverConnection): null {
    const last = this.#statements.length - 1;
    try {
      for (const [i, statement] of this.#statements.entries()) {
        const columns = this.#prepare(connection, statement);
        this.#columns.push(columns ?? []);
        connection.stream.write(executionMessages({ columns, isLast: i === last, ...statement }));
      }
    } catch (error) {
      // The values are too large for a message. The call fails once the server has answered the rest, so that no later query gets those answers.
      // There is no such portal, so the server undoes the statements before it.
      this.#failure = error as Error;
      connection.execute({ portal: "one that was too large" });
      connection.sync();
    }
    return null;
  }

  /** Prepares a statement if necessary, and returns what is known about its columns. */
  #prepare(connection: DriverConnection, { name, text }: NamedStatement): readonly Column[] | undefined {
    const { parsedStatements, submittedNamedStatements } = connection;
    if (parsedStatements[name] === undefined && submittedNamedStatements[name] === undefined) {
      connection.parse({ text, name });
      submittedNamedStatements[name] = text;
      this.#known.delete(name);
    }
    return this.#known.get(name);
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly dataTypeID: number }[] }): void {
    this.#described = fields.map(({ dataTypeID }) => quickColumn(dataTypeID));
    this.#columns[this.#results.length] = fields.map(({ dataTypeID }) => textColumn(dataTypeID));
  }

  readRow(bytes: Buffer, start: number): void {
    try {
      this.#rows.push(readRow(bytes, start, this.#columns[this.#results.length] ?? []));
    } catch (error) {
      this.#failure ??= error as Error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    // One without a description gives no rows.
    if (!this.#known.has(this.name)) this.#known.set(this.name, this.#described);
    this.#described = [];
    const end = text.indexOf(" ");
    this.#results.push({ rows: this.#rows, command: end < 0 ? text : text.slice(0, end) });
    this.#rows = [];
    this.#expectNext();
  }

  handleError(error: Error, connection: DriverConnection): void {
    // The server has skipped the statements after the failed one.
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

/** Sends named statements up to one Sync, on the quick path. */
export function sendPrepared(
  client: PipelinedClient,
  statements: readonly NamedStatement[],
): Promise<readonly WireResult[]> {
  return new Promise((resolve, reject) => {
    client.underWay++;
    const query = new PreparedQuery(client, statements, (error, results) => {
      client.underWay--;
      if (results) resolve(results);
      else reject(error ?? new Error("The driver gave neither a result nor an error"));
    });
    // Its types know of other queries, but not of what they must offer.
    client.query(query as unknown as pg.Submittable);
  });
}

/** Ends a connection that was given up, which the driver leaves open until the server closes it. Without a stream, so do we. */
export function hangUp(client: pg.ClientBase): void {
  insideOf(client).connection?.stream?.destroy();
}

/** The key for a request to cancel what a session runs. If it is undefined, nothing can be canceled. */
export function cancelKeyOf(client: pg.ClientBase): readonly [processId: number, secret: number] | undefined {
  const { processID, secretKey } = client as Partial<DriverClient>;
  return typeof processID === "number" && typeof secretKey === "number" ? [processID, secretKey] : undefined;
}

/** Reports the method by which the server asks for a password, in the words of pg_hba.conf. Without it, errors do not name the method. */
export function onPasswordAsked(client: pg.ClientBase, tell: (method: string) => void): void {
  const { connection } = client as Partial<DriverClient>;
  connection?.once("authenticationCleartextPassword", () => tell("password"));
  connection?.once("authenticationMD5Password", () => tell("md5"));
  connection?.once("authenticationSASL", ({ mechanisms = [] }) => {
    tell((mechanisms.find((name) => name === "SCRAM-SHA-256") ?? mechanisms.join(" ")).toLowerCase());
  });
}

/** Whether no connection of a pool became free in time. This and the next three match a text of the driver. If it changes, errors give less advice. */
export function isPoolTimeout(error: unknown): error is Error {
  return error instanceof Error && error.message === "timeout exceeded when trying to connect";
}

/** True where the driver cannot go through with a login. */
export function isLoginImpossible({ message }: Error): boolean {
  return /^(SASL: |Unknown authentication)/.test(message);
}

/** True where the server does not offer TLS. */
export function isTlsMissing({ message }: Error): boolean {
  return message === "The server does not support SSL connections";
}

/** True where the server gave no proper answer to the question for TLS. */
export function isTlsUnanswered({ message }: Error): boolean {
  return message === "There was an error establishing an SSL connection";
}
