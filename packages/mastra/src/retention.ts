import {
  executeRetentionPrune,
  type PruneOptions,
  type PruneResult,
  resolveRetentionTargets,
  retentionCutoffMs,
  type RetentionTablesDescriptor,
  type TableRetentionPolicy,
} from "@mastra/core/storage";

/** Removes at most `limit` records older than a time, in milliseconds. Returns how many it removed. */
export type RemoveBefore = (before: number, limit: number) => Promise<number>;

/** What Mastra knows of kinds of records that it may prune: each by an order, which is an index. */
export function tablesOf(columns: Readonly<Record<string, string>>): RetentionTablesDescriptor {
  const entries = Object.entries(columns).map(([table, column]) => [table, { table, column, indexed: true }] as const);
  return Object.fromEntries(entries);
}

/** Prunes a domain by Mastra's own rules, in batches. */
export async function prune(
  domain: string,
  removers: Readonly<Record<string, RemoveBefore>>,
  descriptor: RetentionTablesDescriptor,
  { policies, options }: { policies: Record<string, TableRetentionPolicy>; options: PruneOptions | undefined },
): Promise<PruneResult[]> {
  const targets = resolveRetentionTargets({ policies, descriptor, order: Object.keys(descriptor) });
  return executeRetentionPrune({
    domain,
    targets,
    ...(options && { options }),
    cutoffFor: ({ policy }, now) => retentionCutoffMs(policy, now),
    deleteBatch: async ({ table }, before, limit) => removeSome(removers[table] as RemoveBefore, before, limit),
  });
}

/** Removes up to `limit`, which may be above what one call removes. */
async function removeSome(remove: RemoveBefore, before: number, limit: number): Promise<number> {
  let removed = 0;
  for (let last = -1; removed < limit && last !== 0;) {
    last = await remove(before, limit - removed);
    removed += last;
  }
  return removed;
}
