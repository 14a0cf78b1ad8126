import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkOneOf, invalid } from "../database/input.ts";
import { checkDistinct, encodeEach } from "../database/items.ts";
import type { Session } from "../database/session.ts";
import type { KvHead, KvInput, KvSetOptions, KvSwap } from "./entry.ts";
import { encodeEntry, type EncodedEntry, keyOf } from "./input.ts";
import { readEntries } from "./read.ts";
import { setWrite, swapWrite, writeTogether } from "./writes.ts";

/** `setMany`: what it answers depends on what it does with entries that are there. */
interface SetMany {
  (
    inputs: readonly KvInput[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  (inputs: readonly KvInput[], options: KvSetOptions & { readonly onConflict: "skip" }): Promise<readonly KvSwap[]>;
}

const setOptions: Fields<KvSetOptions> = fieldsOf<KvSetOptions>({ onConflict: true });

/** The `setMany` of a store or of a transaction. */
export function setManyOf(session: Session): SetMany {
  async function setMany(
    inputs: readonly KvInput[],
    options?: KvSetOptions & { readonly onConflict?: "replace" },
  ): Promise<readonly KvHead[]>;
  async function setMany(
    inputs: readonly KvInput[],
    options: KvSetOptions & { readonly onConflict: "skip" },
  ): Promise<readonly KvSwap[]>;
  async function setMany(inputs: readonly KvInput[], options?: KvSetOptions): Promise<readonly (KvHead | KvSwap)[]> {
    const { onConflict = "replace" } = setOptions.readOptional(options, "options");
    const isSkipping = checkOneOf(onConflict, "onConflict", ["replace", "skip"]) === "skip";
    const entries = checkDistinct(encodeEach(inputs, "inputs", encodeEntry), "inputs", keyOf);
    return isSkipping ? addEntries(session, entries) : writeTogether(session, setWrite, entries);
  }
  return setMany;
}

/** Writes entries that are not there, and reads the others. */
async function addEntries(session: Session, entries: readonly EncodedEntry[]): Promise<readonly KvSwap[]> {
  const expecting = entries.findIndex(({ expected }) => expected !== null);
  if (expecting >= 0) {
    throw invalid(
      `inputs[${expecting}].expectedVersion`,
      "is given, and a set that skips expects no entry: leave it out",
    );
  }
  const added = await writeTogether(
    session,
    swapWrite,
    entries.map((entry) => ({ ...entry, expected: 0 })),
  );
  const lost = entries.filter((_, i) => added[i] === null);
  // Read after the race: what the statement saw of an entry may be older than what it lost to.
  const others = await readEntries(session, lost);
  let read = 0;
  return added.map((written) =>
    written === null ? { ok: false, current: others[read++] ?? null } : { ok: true, written },
  );
}
