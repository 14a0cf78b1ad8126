import { hasEnded } from "../executions/execution.ts";
import type { EncodedTransition } from "./encode.ts";

/**
 * How a transition locks its execution: as strong at once as a later statement's lock: of two that held it for less, each would wait for the other then. A version or a status
 * that is required must stay as it is, which those who only add to the execution need not.
 */
export function lockModeOf({
  change: [change],
  timers,
  requirement,
  park,
}: EncodedTransition): "add" | "hold" | "change" | "end" {
  if (change !== undefined) return hasEnded(change.status) ? "end" : "change";
  if (park.length > 0 || timers.some(({ dedupeKey }) => dedupeKey !== null)) return "change";
  return requirement.version === null && requirement.statuses === null ? "add" : "hold";
}
