import { type CheckedByDefinition, isDefined, nameOf } from "../core/defined.ts";
import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkId } from "../core/input.ts";
import { checkSchemas, type StandardSchema } from "../core/standard-schema.ts";
import type { JobOptions } from "./job-options.ts";

/** A name in code for a queue, and the types of what its jobs carry. Accepted where the name of a queue is. Made by {@link defineQueue}. */
export interface QueueDefinition<Payload = unknown, Result = unknown, Handled = Payload> {
  readonly kind: "queue";
  readonly name: string;
  readonly schemas: QueueSchemas<Payload, Result, Handled>;
  /** Types only: never set. */
  readonly types?: { readonly payload: Payload; readonly handled: Handled; readonly result: Result } | undefined;
  /** A job of this queue, for `push`, and for lists such as those of `pushMany`, `start` and `transition`. */
  job(...given: JobArguments<Payload>): DefinedJob;
}

/** A queue by its name or by its definition. */
export type QueueName = string | QueueDefinition;

/** What a job of a queue is pushed with: unknown where the queue is only named. */
export type PayloadOf<Q> = Q extends QueueDefinition ? NonNullable<Q["types"]>["payload"] : unknown;

/** What the handler of a queue gets: the payload, as its schema gives it. */
export type HandledOf<Q> = Q extends QueueDefinition ? NonNullable<Q["types"]>["handled"] : unknown;

/** What the jobs of a queue are completed with. */
export type ResultOf<Q> = Q extends QueueDefinition ? NonNullable<Q["types"]>["result"] : unknown;

/** A payload, and the options of its job; one that may be undefined may be left out. */
export type JobArguments<Payload> = undefined extends Payload
  ? [payload?: Payload, options?: JobOptions]
  : [payload: Payload, options?: JobOptions];

/** A job that a {@link QueueDefinition} has made. */
export interface DefinedJob extends JobOptions {
  readonly queue: QueueDefinition;
  readonly payload: CheckedByDefinition;
}

/** The schemas of a queue, of any library that implements Standard Schema. */
export interface QueueSchemas<Payload = unknown, Result = unknown, Handled = Payload> {
  /** Checks payloads when they are pushed, and before they are handled. */
  readonly payload?: StandardSchema<Payload, Handled> | undefined;
  /** Checks results when handlers complete jobs. */
  readonly result?: StandardSchema<Result, unknown> | undefined;
}

const schemaFields: Fields<QueueSchemas> = fieldsOf<QueueSchemas>({ payload: true, result: true });

/**
 * Defines a queue: a name, and the types of the payloads and results of its jobs. It writes nothing to the database.
 *
 * ```ts
 * import { defineQueue } from "holdfast";
 *
 * const resize = defineQueue<{ url: string; width: number }, { bytes: number }>("resize");
 * const job = resize.job({ url: "https://example.com/a.png", width: 320 }, { priority: 1 });
 * ```
 *
 * Give schemas instead of types to have values checked too. What is pushed is stored as it was given; a handler gets what the
 * schema makes of it.
 *
 * @throws InvalidInputError
 */
export function defineQueue<Payload = unknown, Result = unknown, Handled = Payload>(
  name: string,
  schemas: QueueSchemas<Payload, Result, Handled> = {},
): QueueDefinition<Payload, Result, Handled> {
  const definition: QueueDefinition<Payload, Result, Handled> = {
    kind: "queue",
    name: checkId(name, "name"),
    schemas: checkSchemas(schemaFields.read(schemas, "schemas")),
    job: (...[payload, options]) => ({ ...options, queue: definition, payload }) as DefinedJob,
  };
  return Object.freeze(definition);
}

/** The name of a queue that is named or defined, checked. */
export function checkQueue(queue: unknown, field = "queue"): string {
  return checkId(nameOf("queue", queue), field);
}

/** As {@link checkQueue}; undefined and null both mean that there is none. */
export function checkOptionalQueue(queue: unknown): string | null {
  return queue === undefined || queue === null ? null : checkQueue(queue);
}

/** The schemas of a queue that is defined; null for one that is only named. */
export function schemasOf(queue: QueueName): QueueSchemas | null {
  return isDefined("queue", queue) ? queue.schemas : null;
}
