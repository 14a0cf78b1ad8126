import { CorruptError } from "holdfast/errors";
import type { EventObject, Snapshot } from "xstate";

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
  readonly snapshot: Snapshot<unknown>;
  readonly timers: readonly StoredTimer[];
}

/** The stored actor in the state of an execution; null if it has not run yet. */
export function storedActorOf(id: string, state: unknown): StoredActor | null {
  if (state === undefined) return null;
  const stored: Partial<StoredActor> | null = state;
  if (typeof stored?.version === "number" && typeof stored.applied === "number" && Array.isArray(stored.timers)) {
    // Nobody else writes the state of such an execution.
    return stored as StoredActor;
  }
  throw new CorruptError(`The state of ${id} is not that of an actor: something else has written it.`, {
    facts: { id },
  });
}

interface Family {
  readonly error?: unknown;
  readonly children?: Readonly<Record<string, { readonly snapshot?: unknown }>>;
}

/** A persisted snapshot in which the errors of failed actors are plain objects, at every depth. */
export function withPlainErrors(snapshot: Snapshot<unknown>): Snapshot<unknown> {
  const { error, children } = snapshot as Family;
  const plain = error instanceof Error && { error: { name: error.name, message: error.message } };
  const entries = Object.entries(children ?? {}).map(([id, child]) => {
    return [id, { ...child, snapshot: withPlainErrors(child.snapshot as Snapshot<unknown>) }] as const;
  });
  // The same snapshot, with plain errors.
  return { ...snapshot, ...plain, ...(children && { children: Object.fromEntries(entries) }) } as Snapshot<unknown>;
}
