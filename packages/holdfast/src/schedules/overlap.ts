import type { OverlapPolicy } from "../core/enums.generated.ts";

/** A tick's job, and the job that it waits for. */
export interface TickJob {
  readonly id: string;
  readonly runAt: Date;
  readonly after: string | null;
}

/** What the overlap policy decided about ticks. */
export interface Overlapped {
  readonly jobs: readonly TickJob[];
  readonly canceled: readonly string[];
  /** How many ticks get no job. */
  readonly skipped: number;
  /** The jobs that the policy must consider at the next tick. */
  readonly tracked: readonly string[];
}

/** Decides which ticks get jobs while the schedule's jobs in `open` have not ended. */
export function overlap(policy: OverlapPolicy, open: readonly string[], ticks: readonly TickJob[]): Overlapped {
  const last = ticks.at(-1);
  if (last === undefined) return { jobs: [], canceled: [], skipped: 0, tracked: open };
  switch (policy) {
    case "allow":
      return { jobs: ticks, canceled: [], skipped: 0, tracked: [last.id] };
    case "cancel_previous":
      return { jobs: [last], canceled: open, skipped: ticks.length - 1, tracked: [last.id] };
    case "skip":
      return queued(open, ticks, 1);
    case "buffer_one":
      return queued(open, ticks, 2);
  }
}

/** Allows `openMax` unfinished jobs. Each waits for the one before it. */
function queued(open: readonly string[], ticks: readonly TickJob[], openMax: number): Overlapped {
  const jobs: TickJob[] = [];
  const tracked = [...open];
  for (const tick of ticks) {
    if (tracked.length >= openMax) break;
    jobs.push({ ...tick, after: tracked.at(-1) ?? null });
    tracked.push(tick.id);
  }
  return { jobs, canceled: [], skipped: ticks.length - jobs.length, tracked };
}
