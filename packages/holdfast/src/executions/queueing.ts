import { checkInteger, checkOptionalInstant, checkOptionalKey, invalid } from "../core/input.ts";
import { checkQueue, type QueueName, toRoute } from "../jobs/jobs.ts";

/** The queue of a new execution, and its claim options. */
export interface QueueOptions {
  /** The queue to claim it from. Without one, only `acquireLease` takes it, by id. */
  readonly queue?: QueueName | undefined;
  /** 0 by default; smaller ones are claimed first. */
  readonly priority?: number | undefined;
  /** The earliest time of a claim; at once by default. */
  readonly runAt?: Date | undefined;
  /** Its group. The groups of a queue take turns, and can be limited. */
  readonly group?: string | undefined;
  /** The capabilities that a claimer must have. */
  readonly requires?: readonly string[] | undefined;
  /** How many claims in a row may expire or be lost before it fails; 25 by default. */
  readonly maxAttempts?: number | undefined;
}

/** The checked queue of a new execution; all null without a queue. */
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
    const extra = optionsOfQueue.find((name) => given[name] !== undefined);
    if (extra !== undefined) throw invalid(extra, "is given without a queue: name the queue that it is claimed from");
    return noQueue;
  }
  return {
    queue: checkQueue(given.queue),
    priority: checkInteger(given.priority ?? 0, "priority", { min: -(2 ** 31), max: 2 ** 31 - 1 }),
    runAt: checkOptionalInstant(given.runAt, "runAt"),
    group: checkOptionalKey(given.group, "group"),
    route: toRoute(given.requires),
    maxAttempts: checkInteger(given.maxAttempts ?? 25, "maxAttempts", { min: 1, max: 2 ** 31 - 1 }),
  };
}
