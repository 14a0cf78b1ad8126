import type { PaginatedResponse, PaginationOptions } from "openworkflow/internal";

type Order = "asc" | "desc";

interface PageRequest {
  readonly limit: number;
  readonly order: Order;
  readonly after?: string;
}

/** The page of a list after a cursor, or the one before it, which is read backwards. */
export function pageOf({ limit = 100, after, before }: PaginationOptions, order: Order): PageRequest {
  if (after !== undefined && before !== undefined) throw new Error("Cannot specify both 'after' and 'before' cursors");
  if (before === undefined) return { limit, order, ...(after !== undefined && { after }) };
  return { limit, order: order === "asc" ? "desc" : "asc", after: before };
}

/** What was read of a list. */
interface Listed {
  readonly cursors: readonly string[];
  readonly next: string | null;
}

/** A page as the engine has it, in its own order. */
export function toPage<T>(
  { cursors, next }: Listed,
  { after, before }: PaginationOptions,
  data: T[],
): PaginatedResponse<T> {
  const [first = null, last = null] = [cursors[0], cursors.at(-1)];
  if (before !== undefined) return { data: data.toReversed(), pagination: { next: first, prev: next && last } };
  return { data, pagination: { next, prev: after === undefined ? null : first } };
}
