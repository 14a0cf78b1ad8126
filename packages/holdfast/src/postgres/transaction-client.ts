/** A statement for a client of another library. Parts are named as in the config of `pg`'s `query`. */
export interface ClientQuery {
  readonly text: string;
  /** Of Holdfast's own statements: text as PostgreSQL reads it, or bytes in its binary format. Of the application's: as it gave them. */
  readonly values: readonly unknown[];
  /** Rows are arrays of columns, not objects. */
  readonly rowMode?: "array";
  /** How the text of a column is read, by the number of its type. Without it, as the library does. */
  readonly types?: { readonly getTypeParser: (oid: number) => (text: string) => unknown };
}

/** The result of a statement on a client of another library. */
export interface ClientResult {
  readonly rows: readonly object[];
  /** The command tag without counts. */
  readonly command: string;
  readonly rowCount: number | null;
}

/** A client of another library than `pg`, on which a transaction is open. The adapters `fromPglite` and `fromPostgresJs` make one. */
export interface TransactionClient {
  query(query: ClientQuery): Promise<ClientResult>;
  /** "I" once no transaction is open any more. */
  getTransactionStatus?(): string | null;
}
