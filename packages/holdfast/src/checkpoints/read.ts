import type { JsonText } from "../core/codec.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkLimit,
  checkOptionalBoolean,
  checkOptionalId,
  checkOrder,
  checkTextOf,
  type Order,
  type Page,
  type PageRequest,
} from "../core/input.ts";
import { lastText, notACursor } from "../core/pages.ts";
import { chainPlans, mapPlan, type Plan } from "../core/plan.ts";
import { type Found, readBytesMax, sharedRead, type SharedRead } from "../core/shared-read.ts";
import { encodeLabels, type Labels } from "../executions/executions.ts";
import type { CheckpointPlace, CheckpointRow } from "./checkpoint.ts";
import { checkNamespace } from "./input.ts";
import {
  countCheckpoints,
  listAncestors,
  listCheckpoints,
  readCheckpoint,
  readCheckpoints,
} from "./statements.generated.ts";

/** Selects checkpoints to list or count. */
export interface CheckpointFilter {
  readonly thread?: string | undefined;
  readonly namespace?: string | undefined;
  readonly id?: string | undefined;
  /** Only checkpoints with lesser ids, in byte order. */
  readonly beforeId?: string | undefined;
  /** Only the newest of each namespace of each thread. */
  readonly isNewest?: boolean | undefined;
  /** With all of these labels. */
  readonly labels?: Labels | undefined;
}

/** A request for a page of checkpoints. */
export type CheckpointListRequest = CheckpointFilter & PageRequest;

const filterNames = { thread: true, namespace: true, id: true, beforeId: true, isNewest: true, labels: true } as const;

const listRequest: Fields<CheckpointListRequest> = fieldsOf<CheckpointListRequest>({ ...filterNames, ...pageNames });

const countFilter: Fields<CheckpointFilter> = fieldsOf<CheckpointFilter>(filterNames);

/** A checkpoint as its place and its rows. */
export interface FoundCheckpoint {
  readonly place: CheckpointPlace;
  readonly rows: readonly CheckpointRow[];
}

/** The rows of checkpoints in the order of their places: null for one that is missing, undefined beyond the limit of bytes. */
function rowsPlan(
  places: readonly CheckpointPlace[],
  bytesMax: number,
  names: readonly string[] | null = null,
): Plan<readonly Found<FoundCheckpoint>[]> {
  const plan = readCheckpoints({
    threads: places.map(({ thread }) => thread),
    namespaces: places.map(({ namespace }) => namespace),
    ids: places.map(({ id }) => id),
    isWhole: names === null,
    names: names ?? [],
    bytesMax,
  });
  return mapPlan(plan, (rows) => {
    const end = rows.length === (rows[0]?.found ?? 0) ? places.length : (rows.at(-1)?.position ?? 0);
    let next = 0;
    return places.map((place, i) => {
      const first = next;
      while (rows[next]?.position === i + 1) next += 1;
      if (next > first) return { place, rows: rows.slice(first, next) };
      return i < end ? null : undefined;
    });
  });
}

/** The rows of a checkpoint. */
export const checkpointRows: SharedRead<CheckpointPlace, FoundCheckpoint> = sharedRead({
  name: "checkpoints.get",
  one: (place) => mapPlan(readCheckpoint(place), (rows) => (rows.length === 0 ? null : { place, rows })),
  many: (places) => rowsPlan(places, readBytesMax),
});

/** The plan of a page, which ends early where its values would be too large. */
export function pageOfCheckpoints(request: CheckpointListRequest): Plan<Page<FoundCheckpoint>> {
  const { after, limit, order: given, ...filter } = listRequest.read(request, "request");
  const size = checkLimit(limit);
  const order = checkOrder(given, "desc");
  const plan = listCheckpoints[order]({ ...checkFilter(filter), ...positionAfter(after, order), limit: size + 1 });
  return chainPlans(plan, (rows) => {
    const places = rows.slice(0, size);
    return mapPlan(rowsPlan(places, readBytesMax), (found) => {
      const whole = found.findIndex((each) => each === undefined);
      const items = (whole < 0 ? found : found.slice(0, whole)).flatMap((each) => each ?? []);
      const cursors = items.map(({ place }) => cursorOf(place));
      const last = places.at(whole < 0 ? -1 : whole - 1);
      const next = last !== undefined && (rows.length > size || whole >= 0) ? cursorOf(last) : null;
      return { items, next, cursors };
    });
  });
}

/** The plan of a number of checkpoints. */
export function numberOfCheckpoints(filter: CheckpointFilter): Plan<number> {
  return mapPlan(countCheckpoints(checkFilter(countFilter.read(filter, "filter"))), ({ count }) => count);
}

/** The plan of the ancestors of a checkpoint, the parent first. */
export function ancestorsOf(
  place: CheckpointPlace & { readonly id: string },
  limit: number,
  names: readonly string[] | null,
): Plan<readonly FoundCheckpoint[]> {
  return chainPlans(listAncestors({ ...place, limit }), (rows) =>
    mapPlan(
      rowsPlan(
        rows.map(({ id }) => ({ ...place, id })),
        Number.MAX_SAFE_INTEGER,
        names,
      ),
      (found) => found.flatMap((each) => each ?? []),
    ),
  );
}

interface EncodedFilter {
  readonly thread: string | null;
  readonly namespace: string | null;
  readonly id: string | null;
  readonly beforeId: string | null;
  readonly isNewest: boolean;
  readonly labels: JsonText | null;
}

function checkFilter({ thread, namespace, id, beforeId, isNewest, labels }: CheckpointFilter): EncodedFilter {
  const encoded = encodeLabels(labels);
  return {
    thread: checkOptionalId(thread, "thread"),
    namespace: namespace === undefined ? null : checkNamespace(namespace),
    id: checkOptionalId(id, "id"),
    beforeId: checkOptionalId(beforeId, "beforeId"),
    isNewest: checkOptionalBoolean(isNewest, "isNewest") ?? false,
    // An empty set of labels is no filter, and would keep the index from serving the others.
    labels: encoded === "{}" ? null : encoded,
  };
}

/** Cursors are the id, the thread and the namespace of an item. */
function cursorOf({ id, thread, namespace }: CheckpointPlace): string {
  return JSON.stringify([id, thread, namespace]);
}

interface Position {
  readonly afterId: string;
  readonly afterThread: string;
  readonly afterNamespace: string;
}

function positionAfter(after: string | undefined, order: Order): Position {
  const end = order === "asc" ? "" : lastText;
  if (after === undefined) return { afterId: end, afterThread: end, afterNamespace: end };
  const [id, thread, namespace, ...more] = partsOf(after);
  if (more.length > 0 || namespace === undefined) throw notACursor();
  return {
    afterId: checkId(id, "after"),
    afterThread: checkId(thread, "after"),
    afterNamespace: checkTextOf(namespace, "after", { min: 0, max: 1024 }),
  };
}

function partsOf(after: unknown): readonly unknown[] {
  try {
    const parsed: unknown = typeof after === "string" ? JSON.parse(after) : null;
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Reported below: the exact fault does not matter.
  }
  throw notACursor();
}
