import type { JobStatus } from "../core/enums.generated.ts";
import { checkText, invalid } from "../core/input.ts";
import type { Session } from "../session/session.ts";
import { selectJobs, selectReadyJobs } from "./statements.generated.ts";

/** Where a portion begins: after an id or, once those are over, after a ready job in the order of claims. */
export type Place =
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "ready"; readonly order: readonly string[] };

/** A portion of the jobs that a selection names. */
export interface Portion {
  readonly queue: string | null;
  readonly group: string | null;
  readonly executionId: string | null;
  readonly statuses: readonly JobStatus[];
  readonly pushedBefore: Date | null;
  readonly after: Place;
  readonly limit: number;
}

/** The ids of a portion, and the cursor of the next; null if nothing is left. */
interface Selected {
  readonly ids: readonly string[];
  readonly next: string | null;
}

/**
 * Selects a portion. The ready jobs of a queue come last, and in the order of claims. They have no index by id, so a long queue would be
 * sorted for each portion.
 */
export async function selectPortion(session: Session, portion: Portion): Promise<Selected> {
  const { after, limit, statuses, queue, executionId } = portion;
  const hasReady = executionId === null && queue !== null && statuses.includes("ready");
  const byId = after.kind === "id" ? await session.run(selectJobs({ ...portion, after: after.id })) : [];
  const ids = byId.map(({ id }) => id);
  if (ids.length === limit) return { ids, next: `id:${ids.at(-1) ?? ""}` };
  if (!hasReady) return { ids, next: null };
  const [afterRoute, afterRank, afterTurn, afterRunAt, afterSequence] = after.kind === "ready" ? after.order : [];
  const place = { afterRoute, afterRank, afterTurn, afterRunAt, afterSequence };
  const ready = await session.run(selectReadyJobs({ ...portion, queue, ...orNulls(place), limit: limit - ids.length }));
  const last = ready.at(-1);
  // A job may have become ready between the two reads.
  const all = [...new Set([...ids, ...ready.map(({ id }) => id)])];
  if (ready.length < limit - ids.length || last === undefined) return { ids: all, next: null };
  const { route, rank, turn, runAt, sequence } = last;
  return { ids: all, next: `ready:${JSON.stringify([route, rank, turn, runAt, sequence])}` };
}

function orNulls<Name extends string>(
  values: Readonly<Record<Name, string | undefined>>,
): Readonly<Record<Name, string | null>> {
  const entries = Object.entries<string | undefined>(values).map(([name, value]) => [name, value ?? null]);
  return Object.fromEntries(entries) as Record<Name, string | null>;
}

/** Reads the cursor of a portion. */
export function checkPlace(after: string | undefined): Place {
  if (after === undefined) return { kind: "id", id: "" };
  const text = checkText(after, "after");
  if (text.startsWith("id:")) return { kind: "id", id: text.slice("id:".length) };
  const order = text.startsWith("ready:") ? parsedOrder(text.slice("ready:".length)) : null;
  if (order === null) throw invalid("after", "is no cursor of this call: give the `next` of a former one");
  return { kind: "ready", order };
}

function parsedOrder(text: string): readonly string[] | null {
  try {
    const order: unknown = JSON.parse(text);
    if (!Array.isArray(order) || order.length !== 5 || !order.every((each) => typeof each === "string")) return null;
    const [, rank = "", turn = "", runAt = "", sequence = ""] = order;
    const areNumbers = [rank, turn, sequence].every((each) => /^-?\d{1,18}$/.test(each));
    return areNumbers && !Number.isNaN(Date.parse(runAt)) ? order : null;
  } catch {
    return null;
  }
}
