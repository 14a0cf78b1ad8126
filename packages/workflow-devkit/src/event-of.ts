import type { AnyEventRequest, CreateEventParams, Event, EventResult } from "@workflow/world";
import { SPEC_VERSION_CURRENT } from "@workflow/world";
import type { Store, Transaction } from "holdfast";
import type { TransitionInput, TransitionResult } from "holdfast/executions";
import { behind, toEntry, toEvent } from "./log.ts";

/** A request of a type. */
export type Request<T extends AnyEventRequest["eventType"]> = Extract<AnyEventRequest, { eventType: T }>;

/** Where events of runs are made, and under which name the World keeps them. */
export interface Writer {
  readonly store: Store | Transaction;
  readonly namespace: string;
}

/** A request, with what belongs to it. */
export interface Given<Data extends AnyEventRequest = AnyEventRequest> {
  readonly runId: string;
  readonly data: Data;
  readonly params: CreateEventParams;
}

/** Makes the event of a request, and answers what else the answer must have. */
export type Make<T extends AnyEventRequest["eventType"]> = (
  writer: Writer,
  given: Given<Request<T>>,
) => Promise<EventResult>;

/** A step of a run with its event. The answer has the events behind a cursor, if the caller asks for them. */
export interface Recorded {
  readonly result: TransitionResult;
  readonly answer: Pick<EventResult, "event" | "events" | "cursor" | "hasMore">;
}

/** Makes a step of a run, and appends its event. Of several events, the last is the answer. */
export async function record(
  { store }: Writer,
  { runId, data, params }: Given,
  step: TransitionInput,
  events: readonly (readonly [eventType: Event["eventType"], eventData: unknown])[] = [
    [data.eventType, data.eventData],
  ],
): Promise<Recorded> {
  const { correlationId, specVersion = SPEC_VERSION_CURRENT } = data;
  const after = params.sinceCursor === undefined ? undefined : Number(params.sinceCursor);
  const history = events.map(([kind, eventData]) => toEntry(kind, { specVersion, correlationId, eventData }));
  const result = await store.executions.transition(runId, {
    ...step,
    history,
    ...(after !== undefined && { entriesAfter: after }),
  });
  const [number, entry, recordedAt] = [result.entries.at(-1), history.at(-1), result.recordedAt];
  if (number === undefined || entry === undefined || recordedAt === null) throw new TypeError("A step has no entry.");
  const event = toEvent({ executionId: runId, number, recordedAt, payload: undefined, ...entry }, params.resolveData);
  const since = after === undefined ? {} : behind(result.entriesAfter, after, params.resolveData);
  return { result, answer: { event, ...since } };
}
