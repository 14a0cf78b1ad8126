import { hasEnded } from "../executions/execution.ts";
import type { EncodedTransition } from "./encode.ts";

/**
 * How a transition locks its execution: at once as strongly as any of its statements does, or else two transitions could each wait for
 * the other. A version or a status that is required must stay as it is; those who only add to the execution need neither.
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
