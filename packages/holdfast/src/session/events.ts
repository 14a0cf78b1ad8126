import type { Status } from "../core/enums.generated.ts";
import { checkFunction, checkOneOf } from "../core/input.ts";
import { describeError } from "../core/thrown.ts";

/** A job whose claim ended it, or ended an attempt. */
export interface EndedClaim {
  readonly id: string;
  /** The claim's token. */
  readonly token: number;
}

/** The events of a store, by name. */
export interface StoreEvents {
  /** A job succeeded; `result` is as it was given. */
  readonly "job.completed": EndedClaim & { readonly result: unknown };
  /** An attempt failed, and the job will be retried; `error` is as it was given. */
  readonly "job.failed": EndedClaim & { readonly error: unknown; readonly runAt: Date };
  /** A job ended dead. Token and error are null if its last lease expired. */
  readonly "job.dead": { readonly id: string; readonly token: number | null; readonly error: unknown };
  /** A job was canceled by its id or by a selection. */
  readonly "job.canceled": { readonly id: string };
  /** An execution ended, with this status. */
  readonly "execution.ended": { readonly id: string; readonly status: Status };
}

/** The name of an event. */
export type StoreEventName = keyof StoreEvents;

/** All event names. */
const eventNames: readonly StoreEventName[] = [
  "job.completed",
  "job.failed",
  "job.dead",
  "job.canceled",
  "execution.ended",
];

/** Receives an event. */
export type StoreListener<Name extends StoreEventName> = (event: StoreEvents[Name]) => unknown;

/** Calls the listeners of one event. */
export type Emission = () => void;

/** The listeners of a store in this process. They receive the events of its commits. */
export class Events {
  readonly #listeners = new Map<StoreEventName, Set<(event: never) => unknown>>();

  /** Calls `listener` for each event of that name from now on, until the returned function is called. */
  on<Name extends StoreEventName>(name: Name, listener: StoreListener<Name>): () => void {
    checkOneOf(name, "name", eventNames);
    checkFunction(listener, "listener");
    // A listener that is added twice is called twice, and each addition is stopped by itself.
    const own: StoreListener<Name> = (event) => listener(event);
    const present = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, present.add(own));
    return () => {
      present.delete(own);
      if (present.size === 0 && this.#listeners.get(name) === present) this.#listeners.delete(name);
    };
  }

  /** Whether anybody listens, so that the event needs to be created. */
  hasListeners(name: StoreEventName): boolean {
    return this.#listeners.has(name);
  }

  /** Calls each listener by itself: an error of one reaches neither the writer nor the next listener. */
  emit<Name extends StoreEventName>(name: Name, event: StoreEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        Promise.resolve((listener as StoreListener<Name>)(event)).catch((error: unknown) => warn(name, error));
      } catch (error) {
        warn(name, error);
      }
    }
  }
}

function warn(event: StoreEventName, error: unknown): void {
  const { name, message, stack = `${name}: ${message}` } = describeError(error);
  process.emitWarning(`A listener of ${event} threw.`, { type: "HoldfastWarning", detail: stack });
}
