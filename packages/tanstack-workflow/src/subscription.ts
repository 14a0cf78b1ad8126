import type { WorkflowEvent } from "@tanstack/workflow-core";
import { toStoredEvent } from "./events.ts";
import type { Nouns } from "./runs.ts";
import { idOf } from "./text.ts";

/** A listener of a run's events. */
export type EventListener = (event: WorkflowEvent, index: number) => void;

/** Calls a listener with each event of a run from an index on. Returns a function that ends the subscription. */
export function subscribeTo(
  { history }: Pick<Nouns, "history">,
  runId: string,
  from: number,
  listener: EventListener,
): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const id = idOf(runId);
  const listen = async (): Promise<void> => {
    for await (const entry of history.subscribe(id, { from: from + 1, signal })) {
      const { event, eventIndex } = toStoredEvent(runId, entry);
      try {
        listener(event, eventIndex);
      } catch {
        // A listener must not end the subscription, as in the engine's own store.
      }
    }
  };
  listen().catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.emitWarning(`The subscription to run ${id} has ended: ${message} Subscribe again.`, "HoldfastWarning");
  });
  return (): void => ending.abort();
}
