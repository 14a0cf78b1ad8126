import { randomUUID } from "node:crypto";
import type { Event, ReadEvent, ReadEventMetadataWithGlobalPosition } from "@event-driven-io/emmett";
import { CorruptError, InvalidInputError } from "holdfast/errors";
import type { HistoryEntry, HistoryEntryInput } from "holdfast/history";

/** A recorded event with its positions. */
export type Recorded<Type extends Event = Event> = ReadEvent<Type, ReadEventMetadataWithGlobalPosition>;

const prefix = "stream/";

/** The execution whose history is a stream. */
export function executionOf(streamName: string): string {
  if (typeof streamName !== "string" || streamName === "") {
    throw invalid("streamName", "must be a text that is not empty");
  }
  return prefix + streamName;
}

/** The stream whose events are an execution's history; null for another execution. */
export function streamOf(executionId: string): string | null {
  return executionId.startsWith(prefix) ? executionId.slice(prefix.length) : null;
}

interface Payload {
  readonly id: string;
  readonly data: unknown;
  readonly metadata?: unknown;
}

/** An event as an entry of a history. */
export function toEntry(event: Event, field: string): HistoryEntryInput {
  const { type, data, metadata } = event as Partial<Event> & { readonly metadata?: unknown };
  if (typeof type !== "string" || type === "") throw invalid(`${field}.type`, "must be a text that is not empty");
  if (data === undefined) throw invalid(`${field}.data`, "is missing: give an object");
  return { kind: type, payload: { id: randomUUID(), data, ...(metadata !== undefined && { metadata }) } };
}

/** The event in an entry of a stream's history. */
export function toRecorded(streamName: string, { kind, number, position, payload }: HistoryEntry): Recorded {
  const { id, data, metadata } = (payload ?? {}) as Partial<Payload>;
  if (id === undefined) {
    throw new CorruptError(`Entry ${number} of ${streamName} is no event: something else has written it.`, {
      facts: { streamName, number },
    });
  }
  const recorded = {
    kind: "Event" as const,
    type: kind,
    data: data as Event["data"],
    metadata: {
      ...(metadata as object | undefined),
      streamName,
      messageId: id,
      streamPosition: BigInt(number),
      globalPosition: BigInt(position),
    },
  };
  return recorded;
}

/** An error about an argument, named by its field. */
export function invalid(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`${field} ${what}.`, { facts: { field } });
}
