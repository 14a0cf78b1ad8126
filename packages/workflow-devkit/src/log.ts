import { WorkflowWorldError } from "@workflow/errors";
import type { Event, PaginatedResponse, PaginationOptions, ResolveData, Storage } from "@workflow/world";
import { stripEventDataRefs } from "@workflow/world";
import type { Execution, HistoryEntry, Store, Transaction } from "holdfast";
import type { HistoryEntryInput } from "holdfast/history";
import { fromJson, toJson } from "./json.ts";
import { runInputOf } from "./records.ts";

/** The most events of a page. */
const pageMax = 1000;

/** The id of an event of a run, which has its number. Number 0 is the creation, which is the execution itself. */
function eventIdOf(runId: string, number: number): string {
  return `wevt_${runId.replace(/^wrun_/u, "")}_${String(number).padStart(9, "0")}`;
}

/** What an event has besides its type. */
interface EventParts {
  readonly specVersion: number;
  readonly correlationId: string | undefined;
  readonly eventData: unknown;
}

/** An event as an entry of the run's history. */
export function toEntry(kind: Event["eventType"], parts: EventParts): HistoryEntryInput {
  return { kind, payload: toJson(parts) };
}

/** The event of an entry. The store has no other writer of such entries. */
export function toEvent(
  { executionId: runId, number, kind, recordedAt, payload }: Omit<HistoryEntry, "position">,
  resolve: ResolveData = "all",
): Event {
  const given = fromJson(payload) as object;
  const event = { eventType: kind, runId, eventId: eventIdOf(runId, number), createdAt: recordedAt, ...given };
  return stripEventDataRefs(event as Event, resolve);
}

/** The event of a run's creation. */
export function createdEvent(execution: Pick<Execution, "id" | "createdAt" | "input">, resolve?: ResolveData): Event {
  const { specVersion, ...eventData } = runInputOf(execution);
  const payload = toJson({ specVersion, eventData });
  return toEvent(
    { executionId: execution.id, number: 0, kind: "run_created", recordedAt: execution.createdAt, payload },
    resolve,
  );
}

/** What a step of a run answers of the log behind a cursor. */
export interface Behind {
  readonly events: Event[];
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

/** The events that a step of a run has read behind a number. */
export function behind(entries: readonly HistoryEntry[], after: number, resolve?: ResolveData): Behind {
  const cursor = String(entries.at(-1)?.number ?? after);
  return { events: entries.map((entry) => toEvent(entry, resolve)), cursor, hasMore: entries.length === pageMax };
}

type Paged = PaginatedResponse<Event>;

/** The reads of events: the history of the run's execution behind the event of its creation. */
export function logOf(store: Store | Transaction): Omit<Storage["events"], "create"> {
  const list = async (
    runId: string,
    { limit: asked = 100, cursor, sortOrder = "asc" }: PaginationOptions = {},
    resolve?: ResolveData,
  ): Promise<Paged> => {
    const limit = Math.min(asked, pageMax);
    const request = { limit, order: sortOrder, ...(cursor !== undefined && { after: cursor }) };
    const [execution, { items, next }] = await store.read([
      ({ executions }) => executions.get(runId),
      ({ history }) => history.read(runId, request),
    ]);
    if (execution === null) return { data: [], cursor: null, hasMore: false };
    const isAtCreation = sortOrder === "asc" ? cursor === undefined : next === null && cursor !== "0";
    const created = isAtCreation ? [{ cursor: "0", event: createdEvent(execution, resolve) }] : [];
    const others = items.map((entry) => ({ cursor: String(entry.number), event: toEvent(entry, resolve) }));
    const all = sortOrder === "asc" ? [...created, ...others] : [...others, ...created];
    const page = all.slice(0, limit);
    return {
      data: page.map(({ event }) => event),
      cursor: page.at(-1)?.cursor ?? cursor ?? null,
      hasMore: next !== null || all.length > limit,
    };
  };
  return {
    list: async ({ runId, pagination, resolveData }) => list(runId, pagination, resolveData),
    get: async (runId, eventId, { resolveData } = {}) => {
      const number = Number(eventId.slice(eventId.lastIndexOf("_") + 1));
      const pagination = number > 0 ? { limit: 1, cursor: String(number - 1) } : { limit: 1 };
      const [event] = Number.isSafeInteger(number) ? (await list(runId, pagination, resolveData)).data : [];
      if (event?.eventId !== eventId) throw new WorkflowWorldError(`Event not found: ${eventId}`);
      return event;
    },
    listByCorrelationId: async ({ correlationId, pagination, resolveData }) => {
      const task = await store.tasks.get(correlationId);
      const found: Paged = { data: [], cursor: pagination?.cursor ?? null, hasMore: task !== null };
      if (task === null) return found;
      const limit = pagination?.limit ?? 100;
      // The log of one run, which is read in pages until enough of it belongs to the entity.
      while (found.hasMore && found.data.length < limit) {
        const rest = { ...pagination, limit: limit - found.data.length };
        const page = { ...rest, ...(found.cursor !== null && { cursor: found.cursor }) };
        const { data, cursor, hasMore } = await list(task.executionId, page, resolveData);
        found.data.push(...data.filter((event) => event.correlationId === correlationId));
        Object.assign(found, { cursor, hasMore });
      }
      return found;
    },
  };
}
