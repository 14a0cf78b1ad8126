import type { ClaimedExecution } from "../executions/executions.ts";
import type { ClaimedJob } from "../jobs/jobs.ts";
import type { Processed } from "../telemetry/messaging.ts";
import type { ClaimedTimer } from "../timers/timers.ts";

/** What a span says of jobs of one queue that are handled together. */
export function processedJobs(jobs: readonly ClaimedJob[], isBatch: boolean): Processed {
  const [first] = jobs;
  const own = {
    "holdfast.execution.id": first?.executionId ?? undefined,
    "holdfast.attempt": first?.attempts,
  };
  return { destination: first?.queue ?? "", messages: jobs, isBatch, ...(isBatch ? {} : { attributes: own }) };
}

/** What a span says of an execution that a worker works on. What woke it is linked. */
export function processedExecution(execution: ClaimedExecution, queue: string): Processed {
  return {
    destination: queue,
    messages: [execution],
    isBatch: false,
    links: execution.wake === null ? [] : [{ trace: execution.wake.traceContext }],
    attributes: {
      "holdfast.execution.id": execution.id,
      "holdfast.definition.name": execution.definition?.name,
      "holdfast.wake.reason": execution.wake?.by,
      "holdfast.attempt": execution.attempts,
    },
  };
}

/** What a span says of a timer that fires. */
export function processedTimer(timer: ClaimedTimer): Processed {
  return {
    destination: "timers",
    messages: [timer],
    isBatch: false,
    attributes: { "holdfast.execution.id": timer.executionId, "holdfast.step": timer.step },
  };
}
