/** The most entries of one statement, and the most bytes of their values: well inside what a batch may hold. */
const most = { entries: 1000, bytes: 8 * 1024 * 1024 };

/** Entries cut into batches that the store takes; a value that is large on its own has a batch of its own. */
export function cut<T extends { readonly value: Uint8Array }>(entries: readonly T[]): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const isFull = batch.length === most.entries || bytes + entry.value.byteLength > most.bytes;
    if (isFull && batch.length > 0) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.value.byteLength;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** The last of the entries of each key, in the order in which the keys first came. */
export function lastOfEachKey<T extends { readonly key: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()];
}
