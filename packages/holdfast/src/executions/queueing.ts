import { checkId, checkInteger, checkOptionalId, checkOptionalInstant, invalid } from "../database/input.ts";
import { toRoute } from "../jobs/jobs.ts";

/** The queue of a new execution, and how it is claimed from there. */
export interface QueueOptions {
  /** Where it can be claimed. Without a queue only `acquireLease` takes it, by its id. */
  readonly queue?: string | undefined;
  /** 0 by default; smaller ones are claimed first. */
  readonly priority?: number | undefined;
  /** The earliest moment of a claim; at once by default. */
  readonly runAt?: Date | undefined;
  /** Its group: the groups of a queue are served in turn, and can be limited. */
  readonly group?: string | undefined;
  /** The capabilities that a claimer must have. */
  readonly requires?: readonly string[] | undefined;
  /** How many claims in a row may run out or be lost before it fails; 25 by default. */
  readonly maxAttempts?: number | undefined;
}

/** The queue of a new execution, checked; all null without a queue. */
export interface EncodedQueue {
  readonly queue: string | null;
  readonly priority: number | null;
  readonly route: string | null;
  readonly group: string | null;
  readonly maxAttempts: number | null;
  readonly runAt: Date | null;
}

const optionsOfQueue = ["priority", "runAt", "group", "requires", "maxAttempts"] as const;
const noQueue: EncodedQueue = { queue: null, priority: null, route: null, group: null, maxAttempts: null, runAt: null };

/** Checks the queue of a new execution. */
export function encodeQueue(given: QueueOptions): EncodedQueue {
  if (given.queue === undefined) {
    const stray = optionsOfQueue.find((name) => given[name] !== undefined);
    if (stray !== undefined) throw invalid(stray, "is given without a queue: name the queue that it is claimed from");
    return noQueue;
  }
  return {
    queue: checkId(given.queue, "queue"),
    priority: checkInteger(given.priority ?? 0, "priority", { min: -(2 ** 31), max: 2 ** 31 - 1 }),
    runAt: checkOptionalInstant(given.runAt, "runAt"),
    group: checkOptionalId(given.group, "group"),
    route: toRoute(given.requires),
    maxAttempts: checkInteger(given.maxAttempts ?? 25, "maxAttempts", { min: 1, max: 2 ** 31 - 1 }),
  };
}
