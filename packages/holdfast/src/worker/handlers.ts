import { checkTimeoutMs } from "../claims/claims.ts";
import type { CheckedByDefinition } from "../core/defined.ts";
import { copyPlain, type Fields, fieldsOf } from "../core/fields.ts";
import { checkId, checkInteger, invalid } from "../core/input.ts";
import { checkEach } from "../core/items.ts";
import { quote } from "../core/quote.ts";
import {
  checkQueue,
  type HandledOf,
  type QueueName,
  type QueueSchemas,
  type ResultOf,
  schemasOf,
} from "../jobs/jobs.ts";
import type { BatchHandler } from "./batch-context.ts";
import type { JobHandler } from "./job-context.ts";

/** A handler with its options. */
export interface HandlerOptions<Handler> {
  readonly handler: Handler;
  /**
   * The time limit of a call in milliseconds. After it the call is aborted, its attempt fails, and its slot is free. No limit by default.
   */
  readonly timeoutMs?: number | undefined;
}

/** How the handler of a queue is called, besides the queue and the handler: with a `batchSize` it takes many jobs a call. */
export type HandlerSettings = JobSettings | Omit<BatchHandlerOptions, "handler">;

/** The same for a handler that takes one job a call. */
export type JobSettings = Omit<JobHandlerOptions, "handler">;

/** The handler of a queue, made by {@link handle}. */
export interface QueueHandler {
  readonly queue: QueueName;
  readonly handler: CheckedByDefinition;
  readonly settings: HandlerSettings;
}

/** The type of a queue's handler: of many jobs a call where the settings have a `batchSize`. */
export type HandlerFor<Q, Settings> = Settings extends { readonly batchSize: number }
  ? BatchHandler<HandledOf<Q>, ResultOf<Q>>
  : JobHandler<HandledOf<Q>, ResultOf<Q>>;

/**
 * Gives a queue a handler, for the `queues` of a worker. Job, context and result are of the types that the queue's definition says.
 *
 * ```ts
 * import { defineQueue, handle, startWorker, type Store } from "holdfast";
 *
 * const resize = defineQueue<{ url: string; width: number }, { bytes: number }>("resize");
 *
 * const start = (store: Store) =>
 *   startWorker(store, { queues: [handle(resize, ({ payload }) => ({ bytes: payload.url.length * payload.width }))] });
 * ```
 *
 * A payload that does not fit the queue's schema ends its job dead at once: to try it again would change nothing.
 */
export function handle<Q extends QueueName, const Settings extends HandlerSettings = JobSettings>(
  queue: Q,
  handler: HandlerFor<Q, Settings>,
  settings?: Settings,
): QueueHandler {
  return { queue, handler: handler as unknown as CheckedByDefinition, settings: settings ?? {} };
}

/** A handler that takes one job per call. */
export interface JobHandlerOptions extends HandlerOptions<JobHandler> {
  readonly batchSize?: undefined;
}

/** A handler that takes many jobs per call. */
export interface BatchHandlerOptions extends HandlerOptions<BatchHandler> {
  /** The most jobs of a call; up to 500. */
  readonly batchSize: number;
  /** How long the first jobs of a batch wait for others while it is not full; 0 by default. */
  readonly batchWaitMs?: number | undefined;
}

/** The handlers of a worker's queues, by the names of the queues. */
export type NamedHandlers = Readonly<Record<string, JobHandler | JobHandlerOptions | BatchHandlerOptions>>;

/** The handlers of a worker's queues: by the names of the queues, or made by {@link handle}. */
export type JobHandlers = NamedHandlers | readonly QueueHandler[];

/** A handler, checked. */
export interface CheckedHandler<Handler> {
  readonly handler: Handler;
  readonly timeoutMs: number | null;
}

/** A handler of batches, checked. */
export interface CheckedBatchHandler extends CheckedHandler<BatchHandler>, WithSchemas {
  readonly batchSize: number;
  readonly batchWaitMs: number;
}

/** A checked handler of jobs; one of batches has a `batchSize`. */
export type CheckedJobHandler = CheckedSingleHandler | CheckedBatchHandler;

/** A handler of one job a call, checked. */
export interface CheckedSingleHandler extends CheckedHandler<JobHandler>, WithSchemas {
  readonly batchSize: null;
}

interface WithSchemas {
  /** Those of a defined queue; empty for a queue that is only named. */
  readonly schemas: QueueSchemas;
}

/** The most that one statement acknowledges. */
const batchSizeMax = 500;

const handlerFields: Fields<HandlerOptions<unknown>> = fieldsOf<HandlerOptions<unknown>>({
  handler: true,
  timeoutMs: true,
});

interface AnyJobHandler extends HandlerOptions<unknown> {
  readonly batchSize?: number | undefined;
  readonly batchWaitMs?: number | undefined;
}

const jobHandlerFields: Fields<AnyJobHandler> = fieldsOf<AnyJobHandler>({
  handler: true,
  timeoutMs: true,
  batchSize: true,
  batchWaitMs: true,
});

/** Checks the handler of each queue with `check`. */
export function checkHandlers<Given extends object, Checked>(
  given: Readonly<Record<string, Given>> | undefined,
  field: "queues" | "executions",
  check: (given: Given, field: string) => Checked,
): ReadonlyMap<string, Checked> {
  const entries = given === undefined ? [] : Object.entries(copyPlain(given, field));
  return new Map(
    entries.map(([queue, handler]) => [checkId(queue, field), check(handler, `${field}.${queue}`)] as const),
  );
}

/** Checks a handler that takes one item per call. */
export function checkHandler<Handler extends (...args: never[]) => unknown>(
  given: Handler | HandlerOptions<Handler>,
  field: string,
): CheckedHandler<Handler> {
  if (typeof given === "function") return { handler: given, timeoutMs: null };
  const { handler, timeoutMs } = handlerFields.readInner(checkOptions(given, field), field);
  return { handler: checkFunctionOf<Handler>(handler, field), timeoutMs: checkOptionalTimeout(timeoutMs, field) };
}

/** The handler of each queue, checked: by the name of the queue, or made by {@link handle}. */
export function checkJobHandlers(given: JobHandlers | undefined): ReadonlyMap<string, CheckedJobHandler> {
  if (!Array.isArray(given)) return checkHandlers(given as NamedHandlers, "queues", checkJobHandler);
  const handlers = new Map<string, CheckedJobHandler>();
  for (const [i, { queue, handler, settings }] of checkEach(
    given as readonly QueueHandler[],
    "queues",
    checkMade,
  ).entries()) {
    const name = checkQueue(queue, `queues[${i}]`);
    if (handlers.has(name)) throw invalid(`queues[${i}]`, `repeats queue ${quote(name)}: give each queue one handler`);
    const options = { ...settings, handler: handler as unknown as JobHandler } as
      | JobHandlerOptions
      | BatchHandlerOptions;
    handlers.set(name, { ...checkJobHandler(options, `queues[${i}]`), schemas: schemasOf(queue) ?? {} });
  }
  return handlers;
}

const madeFields: Fields<QueueHandler> = fieldsOf<QueueHandler>({ queue: true, handler: true, settings: true });

function checkMade(given: QueueHandler, place: string): QueueHandler {
  return madeFields.readInner(given, place);
}

/** Checks a handler of jobs or of batches. */
function checkJobHandler(
  given: JobHandler | JobHandlerOptions | BatchHandlerOptions,
  field: string,
): CheckedJobHandler {
  if (typeof given === "function") return { handler: given, timeoutMs: null, batchSize: null, schemas: {} };
  const read = jobHandlerFields.readInner(checkOptions(given, field), field);
  const timeoutMs = checkOptionalTimeout(read.timeoutMs, field);
  const { handler, batchSize, batchWaitMs } = read;
  if (batchSize === undefined) {
    if (batchWaitMs !== undefined) throw invalid(`${field}.batchWaitMs`, "is given without a batchSize");
    return { handler: checkFunctionOf<JobHandler>(handler, field), timeoutMs, batchSize: null, schemas: {} };
  }
  return {
    handler: checkFunctionOf<BatchHandler>(handler, field),
    timeoutMs,
    schemas: {},
    batchSize: checkInteger(batchSize, `${field}.batchSize`, { min: 1, max: batchSizeMax }),
    batchWaitMs: checkInteger(batchWaitMs ?? 0, `${field}.batchWaitMs`, { min: 0, max: 60_000 }),
  };
}

function checkOptions<Given>(given: Given, field: string): Given {
  if (typeof given === "object") return given;
  throw invalid(field, "must be a function, or an object that has one as its handler");
}

/** A function's parameters cannot be checked. */
function checkFunctionOf<Handler>(handler: unknown, field: string): Handler {
  if (typeof handler !== "function") throw invalid(`${field}.handler`, "must be a function");
  return handler as Handler;
}

function checkOptionalTimeout(timeoutMs: number | undefined, field: string): number | null {
  return timeoutMs === undefined ? null : checkTimeoutMs(timeoutMs, `${field}.timeoutMs`);
}
