import { type Codec, encodeOptional, type JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { batchItemsMax, checkId, checkOptionalCount, invalid } from "../core/input.ts";
import { encodeEach } from "../core/items.ts";
import { loneOf, mapPlan, type Plan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { HistoryEntryInput } from "./entry.ts";
import {
  appendEntries as append,
  type AppendEntriesRow,
  appendEntry,
  appendToOne,
  type AppendToOneParameters,
} from "./statements.generated.ts";

/** The expectation of an append. */
export interface HistoryAppendOptions {
  /** The number that the first of the entries must get: one more than the last entry's; 1 in an empty history. */
  readonly expectedNext?: number | undefined;
}

/** What an append answers. */
export interface Appended {
  readonly numbers: readonly number[];
  /** When they were recorded. */
  readonly recordedAt: Date;
}

/** Entries to append to one execution, checked and encoded. */
export interface EncodedAppend {
  readonly executionId: string;
  readonly entries: readonly { readonly kind: string; readonly payload: JsonText | null }[];
  readonly expectedNext: number | null;
}

const entryFields: Fields<HistoryEntryInput> = fieldsOf<HistoryEntryInput>({ kind: true, payload: true });

/**
 * Checks and encodes an append before it joins others, so that an error concerns its caller alone. `field` is the caller's name for the
 * entries.
 */
export function encodeAppend(
  codec: Codec,
  executionId: string,
  { entries: inputs, expectedNext }: HistoryAppendOptions & { readonly entries: readonly HistoryEntryInput[] },
  field = "entries",
): EncodedAppend {
  const encode = (input: HistoryEntryInput, place: string): EncodedAppend["entries"][number] => {
    const { kind, payload } = entryFields.read(input, place);
    return { kind: checkId(kind, "kind"), payload: encodeOptional(codec, payload, "payload") };
  };
  const entries = encodeEach(inputs, field, encode, batchItemsMax);
  if (entries.length === 0 && expectedNext !== undefined) {
    throw invalid(
      field,
      "is empty, so that nothing can have the number expectedNext: give an entry, or no expectation",
    );
  }
  return {
    executionId: checkId(executionId, "executionId"),
    entries,
    expectedNext: checkOptionalCount(expectedNext, "expectedNext", 1),
  };
}

/**
 * Appends entries, also for transitions; none for an input without any. Several inputs for one execution are numbered
 * in their order.
 */
export const appendEntries: Write<EncodedAppend, Appended | null> = {
  name: "history.append",
  // Appends without expectations never exclude each other.
  keys: () => [],
  order: (input) => `execution\0${input.executionId}`,
  plan: (inputs) => {
    const only = loneOf(inputs);
    if (only && only.entries.length > 0) return onePlan(only);
    const rows = inputs.flatMap(({ executionId, entries, expectedNext }) =>
      entries.map((entry, i) => ({ executionId, expected: i === 0 ? expectedNext : null, ...entry })),
    );
    const plan = append({
      executionIds: rows.map((row) => row.executionId),
      kinds: rows.map((row) => row.kind),
      payloads: rows.map((row) => row.payload),
      expected: rows.map((row) => row.expected),
    });
    return mapPlan(plan, (numbered) => {
      let start = 0;
      return inputs.map(({ entries }) => toAppended(numbered.slice(start, (start += entries.length))));
    });
  },
};

function toAppended(rows: readonly AppendEntriesRow[]): Appended | null {
  const [first] = rows;
  return first === undefined ? null : { numbers: rows.map(({ number }) => number), recordedAt: first.recordedAt };
}

function onePlan(append: EncodedAppend): Plan<readonly Appended[]> {
  const plan = appendToOne({ executionId: append.executionId, ...appendColumns(append) });
  return mapPlan(plan, (row) => [numbered(append, row)]);
}

/** The parameters of statements that append to one history. */
export function appendColumns({
  entries,
  expectedNext,
}: Pick<EncodedAppend, "entries" | "expectedNext">): Omit<AppendToOneParameters, "executionId"> {
  return {
    kinds: entries.map(({ kind }) => kind),
    payloads: entries.map(({ payload }) => payload),
    expectedNumber: expectedNext,
  };
}

/** What an append to one history answers, by the number of the first entry. */
export function numbered(
  { entries }: EncodedAppend,
  { first, recordedAt }: { readonly first: number; readonly recordedAt: Date },
): Appended {
  return { numbers: entries.map((_entry, i) => first + i), recordedAt };
}

/** The same for inputs that expect a number. Of those for one execution, at most one can be right, so they travel in separate batches. */
export const appendExpected: Write<EncodedAppend, Appended | null> = {
  ...appendEntries,
  name: "history.appendExpected",
  keys: (input) => [`execution\0${input.executionId}`],
  fastPath: ({ executionId, entries, expectedNext }) => {
    const entry = loneOf(entries);
    // The first entry of a history is never the usual case.
    if (!entry || expectedNext === null || expectedNext === 1) return undefined;
    const plan = appendEntry({ executionId, expected: expectedNext, ...entry });
    return mapPlan(plan, (row) => (row === null ? [] : [toAppended([row])]));
  },
};
