import { LogConflictError, type WorkflowEvent } from "@tanstack/workflow-core";
import type { AppendEventsArgs, StoredWorkflowEvent } from "@tanstack/workflow-runtime";
import type { Store, Transaction } from "holdfast";
import { ConflictError, InvalidInputError, NotFoundError } from "holdfast/errors";
import type { HistoryEntry, HistoryEntryInput } from "holdfast/history";
import { endOf, lastEvents } from "./ends.ts";
import { changeRun, type Nouns } from "./runs.ts";
import { idOf } from "./text.ts";
import { removeTimers } from "./timers.ts";

/** An event as its entry of history. */
export function toStoredEvent(runId: string, { number, payload }: HistoryEntry): StoredWorkflowEvent {
  // What an append wrote.
  const event = payload as WorkflowEvent;
  const stepId = "stepId" in event ? { stepId: event.stepId } : {};
  return { runId, eventIndex: number - 1, eventType: event.type, ...stepId, event, createdAt: event.ts };
}

/** Reads the events of a run from an index on. */
export async function readEvents(
  { history }: Pick<Nouns, "history">,
  runId: string,
  fromIndex: number = 0,
): Promise<StoredWorkflowEvent[]> {
  if (!Number.isSafeInteger(fromIndex) || fromIndex < 0) throw invalidIndex("fromIndex");
  const events: StoredWorkflowEvent[] = [];
  const pages = history.iterate(idOf(runId), { from: fromIndex + 1, limit: 1000 });
  for await (const entry of pages) events.push(toStoredEvent(runId, entry));
  return events;
}

/**
 * Appends events to the log of a run. The last event of a run that is over ends its execution.
 *
 * @throws LogConflictError if another writer has been faster.
 */
export async function appendEvents(place: Store | Transaction, args: AppendEventsArgs): Promise<{ nextIndex: number }> {
  const { runId, expectedNextIndex, events } = args;
  if (!Number.isSafeInteger(expectedNextIndex) || expectedNextIndex < 0) throw invalidIndex("expectedNextIndex");
  const entries = entriesOf(events);
  if (entries.length === 0) await requireNext(place, runId, expectedNextIndex);
  else if (entries.some(({ kind }) => lastEvents.has(kind))) await appendLast(place, runId, expectedNextIndex, entries);
  else await append(place, runId, expectedNextIndex, entries);
  return { nextIndex: expectedNextIndex + entries.length };
}

function entriesOf(events: readonly WorkflowEvent[]): readonly HistoryEntryInput[] {
  if (!Array.isArray(events)) throw new InvalidInputError("events must be an array.", { facts: { field: "events" } });
  return events.map((event: { readonly type?: unknown } | null | undefined, i) => {
    const type = event?.type;
    if (typeof type === "string" && type !== "") return { kind: type, payload: event };
    const field = `events[${i}].type`;
    throw new InvalidInputError(`${field} must be a string that is not empty.`, { facts: { field } });
  });
}

async function append(place: Store | Transaction, runId: string, index: number, entries: readonly HistoryEntryInput[]) {
  const attempt = async ({ history }: Nouns) => history.append(idOf(runId), entries, { expectedNext: index + 1 });
  try {
    // In a transaction, a refused append must not doom what the caller does next.
    await ("query" in place ? place.transaction(attempt) : attempt(place));
  } catch (error) {
    if (error instanceof ConflictError && error.reason === "number") throw await logConflict(place, runId, index);
    throw error;
  }
}

async function appendLast(
  place: Store | Transaction,
  runId: string,
  index: number,
  entries: readonly HistoryEntryInput[],
) {
  const found = await changeRun(
    place,
    runId,
    async ({ id, record }, nouns) => {
      await requireNext(nouns, runId, index);
      const over = endOf(record);
      const log = { history: entries, expectedNext: index + 1 };
      if (over === null) return { record, with: log, answer: true };
      await removeTimers(nouns, id, record);
      return { record: over.record, with: { ...log, end: over.end }, answer: true };
    },
    { isWide: true },
  );
  if (found === null) throw notFound(runId);
}

async function requireNext(nouns: Pick<Nouns, "history">, runId: string, index: number): Promise<void> {
  if ((await nouns.history.count(idOf(runId))) !== index) throw await logConflict(nouns, runId, index);
}

async function logConflict({ history }: Pick<Nouns, "history">, runId: string, index: number) {
  const { items } = await history.read(idOf(runId), { from: index + 1, limit: 1 });
  return new LogConflictError(runId, index, items[0] && toStoredEvent(runId, items[0]).event);
}

function notFound(runId: string): NotFoundError {
  const id = idOf(runId);
  return new NotFoundError(`Run ${id} does not exist: create it first.`, { facts: { entity: "execution", id } });
}

function invalidIndex(field: string): InvalidInputError {
  return new InvalidInputError(`${field} must be a whole number of at least 0.`, { facts: { field } });
}
