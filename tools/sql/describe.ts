import type pg from "pg";

/** A result column as PostgreSQL describes it; `table` is 0 for an expression. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: number;
  readonly table: number;
  readonly attribute: number;
}

/** PostgreSQL's own description of a statement. */
export interface Description {
  readonly parameters: readonly number[];
  readonly columns: readonly DescribedColumn[];
}

interface WireConnection {
  parse(message: { name: string; text: string }): void;
  describe(message: { type: "S"; name: string }): void;
  sync(): void;
  once(event: "parameterDescription", listener: (message: { dataTypeIDs: number[] }) => void): void;
  removeAllListeners(event: "parameterDescription"): void;
}

interface RowDescription {
  readonly fields: readonly { name: string; dataTypeID: number; tableID: number; columnID: number }[];
}

/** Asks the server to parse a statement and say what goes in and what comes out, without running it. */
export function describe(client: pg.Client, text: string): Promise<Description> {
  return new Promise((resolve, reject) => {
    let parameters: readonly number[] = [];
    let columns: readonly DescribedColumn[] = [];
    let wire: WireConnection | null = null;
    client.query({
      submit(connection: WireConnection) {
        wire = connection;
        connection.once("parameterDescription", (message) => (parameters = message.dataTypeIDs));
        connection.parse({ name: "", text });
        connection.describe({ type: "S", name: "" });
        connection.sync();
      },
      handleRowDescription(message: RowDescription) {
        columns = message.fields.map((field) => ({
          name: field.name,
          type: field.dataTypeID,
          table: field.tableID,
          attribute: field.columnID,
        }));
      },
      // The driver reports an error or the end, not both.
      handleError(error: Error) {
        wire?.removeAllListeners("parameterDescription");
        reject(error);
      },
      handleReadyForQuery() {
        resolve({ parameters, columns });
      },
    } as unknown as pg.Submittable);
  });
}
