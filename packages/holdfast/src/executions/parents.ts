/** Of each execution, whether its parent comes before it; a statement would look through all of its rows for each of them. */
export function parentsComeBefore(
  rows: readonly { readonly id: string; readonly parentId: string | null }[],
): readonly boolean[] {
  const earlier = new Set<string>();
  return rows.map(({ id, parentId }) => {
    const comesBefore = parentId !== null && earlier.has(parentId);
    earlier.add(id);
    return comesBefore;
  });
}
