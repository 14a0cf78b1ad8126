import type { Statement } from "../database/plan.ts";

/** What reads and writes the rows of one table, each column as text; the schema makes the statements (tools/sql/archive.ts). */
export interface ArchivedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Of the columns, those of the primary key. */
  readonly key: readonly string[];
  /** Of the columns, the one that a sequence of the table's own fills; null where there is none. */
  readonly identity: string | null;
  readonly hasBytes: boolean;
  /** The rows after a key, in its order; parameters: the key's columns, all null at first, and how many rows. */
  readonly read: Statement;
  /** The same of executions, whose ids come first, by the identity where there is one; null where no row belongs to one. */
  readonly readOfExecutions: Statement | null;
  /** Writes rows, a parameter a column; an identity that is null is drawn anew. */
  readonly write: Statement;
  readonly isUsed: Statement;
}

/** A sequence, with what reads its state and what sets it, if it is not further already. */
export interface ArchivedSequence {
  readonly name: string;
  /** Whether it fills a column of one table, and is drawn from anew where rows come among others. */
  readonly isOwned: boolean;
  readonly read: Statement;
  readonly write: Statement;
}
