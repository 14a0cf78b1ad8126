import { CorruptError } from "holdfast/errors";
import type { EventObject } from "xstate";
import type { PersistedSnapshot } from "./machines.ts";

/** The kind of the history entries that are events sent to an actor. */
export const eventKind = "xstate.event";

/** A delayed event. */
export interface StoredTimer {
  /** The ids that lead from the root actor to the one that scheduled it, and to the one that receives it. */
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly event: EventObject;
  readonly id: string;
  /** Milliseconds since 1970, by the database's clock. */
  readonly dueAt: number;
}

/** The state of an execution that is an actor. */
export interface StoredActor {
  /** The version of the machine that wrote the snapshot. */
  readonly version: number;
  /** The number of the last event that the snapshot includes. */
  readonly applied: number;
  readonly snapshot: PersistedSnapshot;
  readonly timers: readonly StoredTimer[];
  /** Whether a claim has stored it since its attempts were last counted from the start. */
  readonly hasProgressed: boolean;
}

/** The stored actor in the state of an execution; null if it has not run yet. */
export function storedActorOf(id: string, state: unknown): StoredActor | null {
  if (state === undefined) return null;
  if (isStoredActor(state)) return state;
  throw new CorruptError(`The state of ${id} is not that of an actor: something else has written it.`, {
    facts: { id },
  });
}

/** Whether a state is that of an actor. Nobody else writes one of this shape. */
export function isStoredActor(state: unknown): state is StoredActor {
  const stored: Partial<StoredActor> | null | undefined = state as StoredActor | null | undefined;
  return typeof stored?.version === "number" && typeof stored.applied === "number" && Array.isArray(stored.timers);
}
