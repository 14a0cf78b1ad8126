import type { Store } from "holdfast";

/** A row to make: the names of rows sort as their numbers do. */
export interface NewRow {
  readonly name: string;
  readonly i: number;
}

/** Adds dead jobs of these names. */
export async function addDead({ jobs }: Store, rows: readonly NewRow[]): Promise<unknown> {
  if (rows.length === 0) return undefined;
  await jobs.pushMany(rows.map(({ name }) => ({ id: name, queue: "q", maxAttempts: 1 })));
  const claims = await jobs.claim({ queues: ["q"], limit: rows.length });
  return jobs.failMany(claims.map((claim) => ({ claim, error: "x" })));
}

/** Adds jobs that are dead, ready by the chunk, ready and scheduled. */
export async function addInStatuses(store: Store, rows: readonly NewRow[]): Promise<unknown> {
  await addDead(
    store,
    rows.filter(({ i }) => i % 4 === 0),
  );
  const rest = rows.filter(({ i }) => i % 4 > 0);
  const runAt = new Date("2999-01-01");
  return store.jobs.pushMany(
    rest.map(({ name, i }) => ({
      id: name,
      queue: "q",
      ...(i % 4 === 1 ? { runAt } : {}),
      ...(i % 4 === 2 ? { group: "g" } : {}),
    })),
  );
}
