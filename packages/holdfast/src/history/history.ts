import { type Codec, decodeOptional, encodeOptional, type JsonText } from "../database/codec.ts";
import { checkBatch, checkBigint, checkId, checkLimit, checkOptionalBigint, invalid } from "../database/input.ts";
import { mapPlan } from "../database/plan.ts";
import type { Session, Write } from "../database/session.ts";
import {
  appendEntries as append,
  countEntries,
  lastEntry,
  readEntries,
  type ReadEntriesRow,
} from "./statements.generated.ts";

/** An entry to append: what happened, and what belongs to it. */
export interface HistoryEntryInput {
  readonly kind: string;
  readonly payload?: unknown;
}

/** One numbered entry of an execution's history; it never changes. A payload that was never given is undefined. */
export interface HistoryEntry {
  readonly executionId: string;
  /** 1 for the first; the numbers of one execution have no gaps. */
  readonly number: bigint;
  readonly kind: string;
  readonly recordedAt: Date;
  readonly payload: unknown;
}

/** What an append expects to find. */
export interface AppendOptions {
  /** The number that the first of the entries is to get: one more than the last entry's; 1 in an empty history. */
  readonly expectedNext?: bigint | undefined;
}

/** Which entries to read: from a number on (1), at most `limit` of them (100; at most 1,000). */
export interface HistoryRequest {
  readonly from?: bigint | undefined;
  readonly limit?: number | undefined;
}

/** Entries in the order of their numbers; `next` is the `from` of the following page, and null on the last. */
export interface HistoryPage {
  readonly items: readonly HistoryEntry[];
  readonly next: bigint | null;
}

/** What happened in executions, as numbered entries that are only ever appended. */
export interface History {
  /**
   * Appends entries, all or none, and gives their numbers, which follow each other without a gap. Appends to one execution
   * that are made without `expectedNext`, and without waiting for each other, are numbered in the order of the calls.
   *
   * @throws ConflictError where the first would not get the number `expectedNext`; `facts` hold `expected` and `actual`.
   * @throws NotFoundError without the execution.
   */
  append(
    executionId: string,
    entries: readonly HistoryEntryInput[],
    options?: AppendOptions,
  ): Promise<readonly bigint[]>;
  /** By number. */
  read(executionId: string, request?: HistoryRequest): Promise<HistoryPage>;
  /** The newest entry; null where there is none. */
  last(executionId: string): Promise<HistoryEntry | null>;
  /** How many entries there are. */
  count(executionId: string): Promise<number>;
}

/** The `history` of a store or of a transaction. */
export function historyOf(session: Session): History {
  const toEntry = (row: ReadEntriesRow): HistoryEntry => ({
    ...row,
    payload: decodeOptional(session.codec, row.payload),
  });
  return {
    append: async (executionId, entries, options = {}) => {
      const input = encodeAppend(session.codec, executionId, entries, options);
      if (entries.length === 0) return [];
      return session.write(input.expectedNext === null ? appendEntries : appendExpected, input);
    },
    read: async (executionId, { from = 1n, limit } = {}) => {
      const size = checkLimit(limit);
      const start = checkBigint(from, "from", 1n);
      const rows = await session.run(
        readEntries({ executionId: checkId(executionId, "executionId"), from: start, limit: size + 1 }),
      );
      return { items: rows.slice(0, size).map(toEntry), next: rows[size]?.number ?? null };
    },
    last: async (executionId) => {
      const plan = lastEntry({ executionId: checkId(executionId, "executionId") });
      return session.run(mapPlan(plan, (row) => row && toEntry(row)));
    },
    count: async (executionId) => {
      const plan = countEntries({ executionId: checkId(executionId, "executionId") });
      return session.run(mapPlan(plan, (row) => Number(row?.count ?? 0n)));
    },
  };
}

/** Entries to append to one execution, checked and encoded. */
export interface EncodedAppend {
  readonly executionId: string;
  readonly entries: readonly { readonly kind: string; readonly payload: JsonText | null }[];
  readonly expectedNext: bigint | null;
}

/** Checks and encodes an append, so that what is wrong with it is its caller's error alone. */
export function encodeAppend(
  codec: Codec,
  executionId: string,
  entries: readonly HistoryEntryInput[],
  { expectedNext }: AppendOptions,
): EncodedAppend {
  checkBatch(entries, "entries", (_entry, i) => String(i));
  if (entries.length === 0 && expectedNext !== undefined) {
    throw invalid(
      "entries",
      "is empty, so that nothing can have the number expectedNext: give an entry, or no expectation",
    );
  }
  return {
    executionId: checkId(executionId, "executionId"),
    entries: entries.map(({ kind, payload }, i) => ({
      kind: checkId(kind, `entries[${i}].kind`),
      payload: encodeOptional(codec, payload, `entries[${i}].payload`),
    })),
    expectedNext: checkOptionalBigint(expectedNext, "expectedNext", 1n),
  };
}

/**
 * The append of entries, which transitions are made of too; each outcome is the numbers that an input's entries got. Several
 * inputs may be for one execution: they are numbered in their order.
 */
export const appendEntries: Write<EncodedAppend, readonly bigint[]> = {
  name: "history.append",
  // Appends that expect nothing never exclude each other.
  keys: () => [],
  plan: (inputs) => {
    const rows = inputs.flatMap(({ executionId, entries, expectedNext }) =>
      entries.map((entry, i) => ({ ...entry, executionId, expected: i === 0 ? expectedNext : null })),
    );
    const plan = append({
      executionIds: rows.map((row) => row.executionId),
      kinds: rows.map((row) => row.kind),
      payloads: rows.map((row) => row.payload),
      expected: rows.map((row) => row.expected),
    });
    return mapPlan(plan, (numbered) => {
      let start = 0;
      return inputs.map(({ entries }) => numbered.slice(start, (start += entries.length)).map((row) => row.number));
    });
  },
};

/** The same for inputs that expect a number: of those for one execution, one at most can be right, so they travel apart. */
const appendExpected: Write<EncodedAppend, readonly bigint[]> = {
  ...appendEntries,
  name: "history.appendExpected",
  keys: (input) => [input.executionId],
};
