import type { Statement } from "../core/plan.ts";

/** Reads and writes the rows of one table, each column as text. The statements come from the schema (tools/sql/archive.ts). */
export interface ArchivedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** The column that a sequence of the table fills; null if there is none. */
  readonly identity: string | null;
  readonly hasBytes: boolean;
  /** The rows after a key, in key order. Parameters: the key's columns, all null at first, and the number of rows. */
  readonly read: Statement;
  /** The same for executions, whose ids come first, ordered by the identity if there is one; null if no row belongs to one. */
  readonly readOfExecutions: Statement | null;
  /** Writes rows, one parameter per column. A null identity is drawn anew. */
  readonly write: Statement;
  readonly isUsed: Statement;
}

/** A sequence, with a statement that reads its state and one that sets it, unless it is further already. */
export interface ArchivedSequence {
  readonly name: string;
  /** Whether it fills a column of one table, and is drawn from anew when rows are added to others. */
  readonly isOwned: boolean;
  readonly read: Statement;
  readonly write: Statement;
}
