import type { Store } from "holdfast";
import type { Topic } from "../protocol/index.ts";

/** Receives topics that have changed; "all" if changes may have been missed, or may be anywhere. */
export type TopicListener = (topics: readonly Topic[] | "all") => void;

/** Listens to the hints and the events of a store, until the returned function is called. */
export async function subscribe(store: Store, listener: TopicListener): Promise<() => Promise<void>> {
  const ofJob = ({ id }: { readonly id: string }): void => listener([`job:${id}`, "jobs", "queues"]);
  const stops = [
    store.on("job.completed", ofJob),
    store.on("job.failed", ofJob),
    store.on("job.dead", ofJob),
    store.on("job.canceled", ofJob),
    store.on("execution.ended", ({ id }) => listener([`execution:${id}`, "executions"])),
  ];
  const stopHints = await store.onHint((hint) => listener(topicsOf(hint)));
  return async () => {
    for (const stop of stops) stop();
    await stopHints();
  };
}

function topicsOf(hint: string | null): readonly Topic[] | "all" {
  // An entry of history is of some execution: those that are watched are measured anew.
  if (hint === null) return "all";
  if (hint === "history") return [];
  if (hint === "timers" || hint === "schedules") return [hint];
  if (hint === "ended" || hint === "woken" || hint.startsWith("executions:")) return ["executions"];
  if (hint.startsWith("canceled:")) return ["executions", `execution:${hint.slice("canceled:".length)}`];
  return ["jobs", "queues"];
}
