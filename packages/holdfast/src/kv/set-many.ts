import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkOneOf, invalid } from "../core/input.ts";
import { checkDistinct, encodeEach } from "../core/items.ts";
import { pendingChecks } from "../core/standard-schema.ts";
import type { Session } from "../session/session.ts";
import type { KvHead, KvInput, KvSetOptions, KvSwap } from "./entry.ts";
import { type EncodedEntry, encodeEntry, keyOf } from "./input.ts";
import type { DefinedEntry } from "./kv-definition.ts";
import { readEntries } from "./read.ts";
import { setWrite, swapWrite, writeTogether } from "./writes.ts";

/** `setMany`. Its answer depends on what it does with existing entries. */
interface SetMany {
  (
    inputs: readonly (KvInput | DefinedEntry)[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  (
    inputs: readonly (KvInput | DefinedEntry)[],
    options: KvSetOptions & { readonly onConflict: "skip" },
  ): Promise<readonly KvSwap[]>;
}

const setOptions: Fields<KvSetOptions> = fieldsOf<KvSetOptions>({ onConflict: true });

/** The `setMany` of a store or of a transaction. */
export function setManyOf(session: Session): SetMany {
  async function setMany(
    inputs: readonly (KvInput | DefinedEntry)[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  async function setMany(
    inputs: readonly (KvInput | DefinedEntry)[],
    options: KvSetOptions & { readonly onConflict: "skip" },
  ): Promise<readonly KvSwap[]>;
  async function setMany(
    inputs: readonly (KvInput | DefinedEntry)[],
    options?: KvSetOptions,
  ): Promise<readonly (KvHead | KvSwap)[]> {
    const { onConflict = "replace" } = setOptions.readOptional(options, "options");
    const isSkipping = checkOneOf(onConflict, "onConflict", ["replace", "skip"]) === "skip";
    const entries = checkDistinct(encodeEach(inputs, "inputs", encodeEntry), "inputs", keyOf);
    const checks = pendingChecks(entries);
    if (checks !== null) await checks;
    return isSkipping ? addEntries(session, entries) : writeTogether(session, setWrite, entries);
  }
  return setMany;
}

/** Writes entries that do not exist, and reads the others. */
async function addEntries(session: Session, entries: readonly EncodedEntry[]): Promise<readonly KvSwap[]> {
  const withExpectation = entries.findIndex(({ expected }) => expected !== null);
  if (withExpectation >= 0) {
    throw invalid(
      `inputs[${withExpectation}].expectedVersion`,
      "is given, and a set that skips expects no entry: leave it out",
    );
  }
  const added = await writeTogether(
    session,
    swapWrite,
    entries.map((entry) => ({ ...entry, expected: 0 })),
  );
  const skipped = entries.filter((_, i) => added[i] === null);
  // Read after the race: the statement may have seen an older state of an entry than the one it lost to.
  const existing = await readEntries(session, skipped);
  let read = 0;
  return added.map((written) =>
    written === null ? { ok: false, current: existing[read++] ?? null } : { ok: true, written },
  );
}
