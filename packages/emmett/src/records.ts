import { randomUUID } from "node:crypto";
import type { Event, ReadEvent, ReadEventMetadataWithGlobalPosition } from "@event-driven-io/emmett";
import { CorruptError } from "holdfast/errors";
import type { HistoryEntry, HistoryEntryInput } from "holdfast/history";
import { checkNames, checkText, invalid } from "./input.ts";

/** A recorded event with its positions. */
export type Recorded<Type extends Event = Event> = ReadEvent<Type, ReadEventMetadataWithGlobalPosition>;

const prefix = "stream/";

/** The most bytes of an execution's id, and of an entry's kind. */
const textBytesMax = 255;

/** The execution whose history is a stream. */
export function executionOf(streamName: string): string {
  return prefix + checkText(streamName, "streamName", textBytesMax - prefix.length);
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

/** What an event may have. */
const eventNames = ["kind", "type", "data", "metadata"];

/** An event as an entry of a history. Its positions and its stream are the entry's own, also if another stream's come with it. */
export function toEntry(event: Event, field: string): HistoryEntryInput {
  checkNames(event, field, eventNames);
  const { kind = "Event", type, data, metadata } = event as Readonly<Record<string, unknown>>;
  if (kind !== "Event") throw invalid(`${field}.kind`, "must be Event: this store keeps events only");
  checkText(type, `${field}.type`, textBytesMax);
  if (data === undefined) throw invalid(`${field}.data`, "is missing: give an object");
  if (metadata === undefined || metadata === null) return { kind: event.type, payload: { id: randomUUID(), data } };
  if (typeof metadata !== "object" || Array.isArray(metadata)) throw invalid(`${field}.metadata`, "must be an object");
  const {
    messageId,
    streamName: _name,
    streamPosition: _place,
    globalPosition: _position,
    ...rest
  } = {
    messageId: randomUUID() as unknown,
    ...metadata,
  } as Readonly<Record<string, unknown>>;
  const id = checkText(messageId, `${field}.metadata.messageId`, textBytesMax);
  return { kind: event.type, payload: { id, data, ...(Object.keys(rest).length > 0 && { metadata: rest }) } };
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
