import type { JsonText } from "../core/codec.ts";
import { batchItemsMax } from "../core/input.ts";
import { inOrderOf, loneOf, mapPlan } from "../core/plan.ts";
import type { Write } from "../core/write.ts";
import type { Session } from "../session/session.ts";
import type { KvHead, KvKey } from "./entry.ts";
import {
  type EncodedAppend,
  type EncodedEntry,
  type EncodedRemoval,
  type EncodedTouch,
  keyOf,
  valueBytesMax,
} from "./input.ts";
import {
  appendEntries,
  removeEntries,
  setEntries,
  setEntry,
  setLabeledEntries,
  swapEntries,
  type SwapEntriesParameters,
  touchEntries,
} from "./statements.generated.ts";

/** From this size on, a value shares a batch with small ones only. Hundreds of concurrent large values would exceed one statement. */
const largeBytes = 64 * 1024;

/**
 * What a write excludes from its batch: another of the same entry, and a second large one. No entry is named "large", because all names
 * contain a NUL.
 */
function keysOf(input: EncodedEntry | EncodedAppend): readonly string[] {
  const isLarge = input.value !== null && input.value.byteLength >= largeBytes;
  return isLarge ? [keyOf(input), "large"] : [keyOf(input)];
}

/** The write of entries. It fails if one is not at the expected version. A single one has a faster statement. */
export const setWrite: Write<EncodedEntry, KvHead> = {
  name: "kv.set",
  keys: keysOf,
  plan: (inputs) => {
    const isExpecting = inputs.some(({ expected }) => expected !== null);
    const isLabeled = inputs.some(({ labels }) => labels !== null);
    const only = loneOf(inputs);
    if (only && !isExpecting && !isLabeled) return mapPlan(setEntry(only), (row) => [headOf(only, row)]);
    if (!isExpecting) {
      const contents = contentsOf(inputs);
      const set = isLabeled ? setLabeledEntries({ ...contents, labels: labelsOf(inputs) }) : setEntries(contents);
      return mapPlan(set, (rows) => inOrderOf(inputs, rows, keyOf));
    }
    return mapPlan(swapEntries({ ...swapOf(inputs), isRequired: true }), (rows) => toHeads(inputs, rows));
  },
};

/** An entry to write or to remove. */
type Named = KvKey & { readonly value?: Uint8Array | null };

/**
 * Writes or removes any number of entries, all or none. If one statement cannot carry them, uses several in a transaction. These lock in
 * the order of each statement, so two such sets cannot deadlock.
 */
export async function writeTogether<I extends Named, O>(
  session: Session,
  write: Write<I, O>,
  inputs: readonly I[],
): Promise<readonly O[]> {
  if (cut(inputs).length < 2) return session.writeAll(write, inputs);
  const sorted = inputs
    .map((input) => ({ input, bytes: Buffer.from(keyOf(input)) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ input }) => input);
  return session.transaction(async (inner) => {
    const outputs = new Map<I, O>();
    for (const part of cut(sorted)) {
      const written = await inner.writeAll(write, part);
      for (const [i, input] of part.entries()) outputs.set(input, written[i] as O);
    }
    return inputs.map((input) => outputs.get(input) as O);
  });
}

/** Splits entries where they exceed one statement. */
function cut<T extends Named>(entries: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.value?.byteLength ?? 0;
    bytes += size;
    if (bytes > valueBytesMax || parts.at(-1)?.length === batchItemsMax || parts.length === 0) {
      parts.push([]);
      bytes = size;
    }
    parts.at(-1)?.push(entry);
  }
  return parts;
}

/** The write of entries at their expected version; null for one that is not. */
export const swapWrite: Write<EncodedEntry, KvHead | null> = {
  name: "kv.compareAndSet",
  keys: keysOf,
  plan: (inputs) => {
    return mapPlan(swapEntries({ ...swapOf(inputs), isRequired: false }), (rows) => placed(inputs, rows, headOf));
  },
};

/** The write of new expiries; null for a missing entry. */
export const touchWrite: Write<EncodedTouch, KvHead | null> = {
  name: "kv.touch",
  keys: (input) => [keyOf(input)],
  plan: (inputs) => {
    const plan = touchEntries({ ...namesOf(inputs), ttlsMs: inputs.map(({ ttlMs }) => ttlMs) });
    return mapPlan(plan, (rows) =>
      rows.map(({ version, createdAt, updatedAt, expiresAt }, i) =>
        version === null || createdAt === null || updatedAt === null
          ? null
          : headOf(inputs[i] as KvKey, { version, createdAt, updatedAt, expiresAt }),
      ),
    );
  },
};

/** The write of appended bytes. */
export const appendWrite: Write<EncodedAppend, KvHead> = {
  name: "kv.append",
  keys: keysOf,
  plan: (inputs) => {
    const values = inputs.map((input) => input.value);
    const plan = appendEntries({ ...contentsOf(inputs), values, bytesMax: valueBytesMax });
    return mapPlan(plan, (rows) => toHeads(inputs, rows));
  },
};

/** The removal of entries. Each outcome is whether the entry existed. */
export const removeWrite: Write<EncodedRemoval, boolean> = {
  name: "kv.remove",
  keys: (input) => [keyOf(input)],
  plan: (inputs) => {
    const plan = removeEntries({ ...namesOf(inputs), expected: expectedOf(inputs) });
    return mapPlan(plan, (rows) => rows.map((row) => row.removed));
  },
};

interface Names {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
}

/** Names as input columns of a statement. */
export function namesOf(keys: readonly KvKey[]): Names {
  return { prefixes: keys.map(({ prefix }) => prefix), keys: keys.map(({ key }) => key) };
}

interface Contents extends Names {
  readonly values: readonly (Uint8Array | null)[];
  readonly ttlsMs: readonly (number | null)[];
}

function contentsOf(inputs: readonly (EncodedEntry | EncodedAppend)[]): Contents {
  return { ...namesOf(inputs), values: inputs.map(({ value }) => value), ttlsMs: inputs.map(({ ttlMs }) => ttlMs) };
}

function expectedOf(inputs: readonly { readonly expected: number | null }[]): readonly (number | null)[] {
  return inputs.map(({ expected }) => expected);
}

function labelsOf(inputs: readonly EncodedEntry[]): readonly (JsonText | null)[] {
  return inputs.map(({ labels }) => labels);
}

function swapOf(inputs: readonly EncodedEntry[]): Omit<SwapEntriesParameters, "isRequired"> {
  return { ...contentsOf(inputs), expected: expectedOf(inputs), labels: labelsOf(inputs) };
}

/** What a statement returns about an entry besides its name. */
type WrittenRow = Omit<KvHead, keyof KvKey>;

/** Combines an entry's name with the row of a statement. */
function headOf({ prefix, key }: KvKey, { version, createdAt, updatedAt, expiresAt }: WrittenRow): KvHead {
  return { prefix, key, version, createdAt, updatedAt, expiresAt };
}

function toHeads(inputs: readonly KvKey[], rows: readonly WrittenRow[]): readonly KvHead[] {
  return rows.map((row, i) => headOf(inputs[i] as KvKey, row));
}

/** One result per input: from the row at the input's position, or null. */
function placed<I, R extends { readonly position: number }, T>(
  inputs: readonly I[],
  rows: readonly R[],
  convert: (input: I, row: R) => T,
): readonly (T | null)[] {
  const results = inputs.map((): T | null => null);
  for (const row of rows) {
    const i = row.position - 1;
    results[i] = convert(inputs[i] as I, row);
  }
  return results;
}
