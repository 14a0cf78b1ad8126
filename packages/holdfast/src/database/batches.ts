/** The item of a batch of one, for which many writes have a statement that is quicker; undefined for any other batch. */
export function loneOf<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** The rows that a statement gave for a batch, in the order of its inputs: each is the one of the input's name. */
export function inOrderOf<I, R>(
  inputs: readonly I[],
  rows: readonly R[],
  nameOf: (item: I | R) => string,
): readonly R[] {
  const named = new Map(rows.map((row) => [nameOf(row), row]));
  return inputs.flatMap((input) => named.get(nameOf(input)) ?? []);
}
