import { CorruptError, HoldfastError } from "../core/errors.ts";
import type { Page } from "../core/input.ts";
import { quote } from "../core/quote.ts";
import { readBySchema } from "../core/standard-schema.ts";
import type { KvEntry } from "./entry.ts";
import type { KvDefinition, ReadValueOf } from "./kv-definition.ts";

/** An entry below a prefix of this kind. */
type EntryIn<P> = KvEntry<ReadValueOf<P>>;

/** An entry as the definition of its prefix reads it; as it is, and at once, where the prefix is text. */
export function valueIn<P>(
  definition: KvDefinition | null,
  entry: KvEntry | null,
): EntryIn<P> | null | Promise<EntryIn<P> | null> {
  const read = definition === null || entry === null ? entry : readDefined(definition, entry);
  // The definition says of what type it is.
  return read as EntryIn<P> | null | Promise<EntryIn<P> | null>;
}

/** As {@link valueIn}, each entry by the definition of its key. */
export async function valuesOf(
  keys: readonly { readonly definition: KvDefinition | null }[],
  entries: readonly (KvEntry | null)[],
): Promise<readonly (KvEntry<unknown> | null)[]> {
  if (keys.every(({ definition }) => definition === null)) return entries;
  return Promise.all(entries.map(async (entry, i) => valueIn(keys[i]?.definition ?? null, entry)));
}

/** As {@link valueIn}, for a page of one prefix. */
export async function valuesInPage<P>(definition: KvDefinition | null, page: Page<KvEntry>): Promise<Page<EntryIn<P>>> {
  const items: readonly KvEntry<unknown>[] =
    definition === null
      ? page.items
      : await Promise.all(page.items.map(async (entry) => readDefined(definition, entry)));
  return { ...page, items: items as readonly EntryIn<P>[] };
}

/** An entry below a prefix, with the value that the prefix's definition makes of its bytes. */
async function readDefined(definition: KvDefinition, entry: KvEntry): Promise<KvEntry<unknown>> {
  const of = `entry ${quote(entry.key)} of prefix ${quote(entry.prefix)}`;
  const value = decode(definition, entry.value, of);
  const schema = definition.schemas.value;
  return { ...entry, value: schema === undefined ? value : await readBySchema(schema, value, { field: "value", of }) };
}

function decode({ codec }: KvDefinition, bytes: Uint8Array | null, of: string): unknown {
  try {
    if (bytes !== null) return codec.decode(bytes);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new CorruptError(`The value of ${of} cannot be decoded: read it by its prefix as text, or see the cause.`, {
      cause: error,
      facts: { field: "value" },
    });
  }
  throw new CorruptError(
    `The value of ${of} is null, which its codec has not written: read it by its prefix as text.`,
    {
      facts: { field: "value" },
    },
  );
}
