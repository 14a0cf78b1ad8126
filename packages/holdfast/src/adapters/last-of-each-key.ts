/** The last of the entries of each key, in the order in which the keys first came. */
export function lastOfEachKey<T extends { readonly key: string }>(entries: readonly T[]): readonly T[] {
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()];
}
