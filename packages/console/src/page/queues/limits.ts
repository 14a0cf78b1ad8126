import type { QueueRow } from "../../protocol/index.ts";
import { formatDuration } from "../parts/format.ts";

/** The limits of a queue in a few words each. */
export function limitsOf({ concurrency, concurrencyPerGroup, rate, timeoutMs }: QueueRow): readonly string[] {
  return [
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
    ...(concurrencyPerGroup === null ? [] : [`${concurrencyPerGroup} a group`]),
    ...(rate === null ? [] : [`${rate.limit} in ${formatDuration(rate.periodMs)}`]),
    ...(timeoutMs === null ? [] : [`${formatDuration(timeoutMs)} each`]),
  ];
}
