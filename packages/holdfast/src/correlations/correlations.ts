import { hintClaimable } from "../claims/hints.ts";
import { type Codec, decodeOptional } from "../database/codec.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import {
  checkId,
  checkInteger,
  checkLimit,
  checkOptionalId,
  checkSequenceCursor,
  type Page,
  type PageRequest,
  pageLimitMax,
  toPage,
} from "../database/input.ts";
import { iterate } from "../database/iterate.ts";
import type { Session } from "../database/session.ts";
import { NotFoundError } from "../errors.ts";
import {
  type DeliveryInput,
  type DeliveryOutcome,
  deliverWrite,
  encodeDeliveries,
  encodeDelivery,
} from "./deliveries.ts";
import {
  getWait,
  type GetWaitRow,
  listEvents,
  type ListEventsRow,
  listWaits,
  takeExpiredWaits,
} from "./statements.generated.ts";
import {
  cancelAllWaitsWrite,
  cancelWaitWrite,
  encodeWait,
  encodeWaits,
  toWaitOutcome,
  type Wait,
  type WaitInput,
  type WaitOutcome,
  waitWrite,
} from "./waits.ts";

export type { DeliveredWait, DeliveryInput, DeliveryOutcome, FirstDelivery, MissedDelivery } from "./deliveries.ts";
export type { TakenEvent, Wait, WaitInput, WaitOutcome } from "./waits.ts";
export { countExpiredEvents, removeExpiredEvents } from "./statements.generated.ts";

/** An event that nobody has taken yet. */
export interface KeptEvent {
  readonly id: string;
  readonly key: string;
  readonly dedupeId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly payload: unknown;
}

/** Which waits to list. */
export interface WaitListRequest extends PageRequest {
  readonly executionId?: string | undefined;
  readonly key?: string | undefined;
}

/** Which waits to cancel. */
export interface WaitSelection {
  readonly executionId: string;
  /** All of the execution where it is left out. */
  readonly step?: string | undefined;
}

/** Which kept events to list. */
export interface EventListRequest extends PageRequest {
  readonly key: string;
}

/**
 * Waits of executions for events, and the events. What is delivered or taken is gone from here: call inside a transaction that
 * also writes what follows from it, such as the job that resumes the execution.
 */
export interface Correlations {
  /**
   * Waits for an event, or takes the oldest kept one. Where the step waits for the key already, that wait stays as it is.
   * @throws NotFoundError without the execution. @throws DuplicateError where the id is taken.
   */
  wait(input: WaitInput): Promise<WaitOutcome>;
  /** As `wait`, all or nothing; at most 1,000. */
  waitMany(inputs: readonly WaitInput[]): Promise<readonly WaitOutcome[]>;
  /** Resumes who waits for the key, or keeps the event until someone does, unless `keep` is false. */
  deliver(input: DeliveryInput): Promise<DeliveryOutcome>;
  /** As `deliver`, all or nothing; at most 1,000, and one a key. */
  deliverMany(inputs: readonly DeliveryInput[]): Promise<readonly DeliveryOutcome[]>;
  /** Whether the wait was there, and so will now never be delivered to. */
  cancel(waitId: string): Promise<boolean>;
  /** As `cancel` for each wait of a selection; how many there were. */
  cancelAll(selection: WaitSelection): Promise<number>;
  /** Removes waits whose time has run out, the longest expired first, 100 by default; none is given to two callers. */
  takeExpired(options?: { readonly limit?: number | undefined }): Promise<readonly Wait[]>;
  get(waitId: string): Promise<Wait | null>;
  /** @throws NotFoundError */
  require(waitId: string): Promise<Wait>;
  /** In the order in which they were registered; expired ones too, until `takeExpired` takes them. */
  list(request?: WaitListRequest): Promise<Page<Wait>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: WaitListRequest): AsyncGenerator<Wait, void, undefined>;
  /** The events that are kept under a key, the oldest first. */
  events(request: EventListRequest): Promise<Page<KeptEvent>>;
  /** Every item of `events`, read in pages of `limit`. */
  iterateEvents(request: EventListRequest): AsyncGenerator<KeptEvent, void, undefined>;
}

const waitListRequest: Fields<WaitListRequest> = fieldsOf<WaitListRequest>({
  executionId: true,
  key: true,
  after: true,
  limit: true,
});

const eventListRequest: Fields<EventListRequest> = fieldsOf<EventListRequest>({ key: true, after: true, limit: true });

const selectionFields: Fields<WaitSelection> = fieldsOf<WaitSelection>({ executionId: true, step: true });

type ExpiredOptions = NonNullable<Parameters<Correlations["takeExpired"]>[0]>;

const expiredOptions: Fields<ExpiredOptions> = fieldsOf<ExpiredOptions>({ limit: true });

const expiredLimitDefault = 100;

/** The `correlations` of a store or of a transaction. */
export function correlationsOf(session: Session): Correlations {
  return { ...actingOf(session), ...iterable(readingOf(session)) };
}

type Reading = Pick<Correlations, "get" | "require" | "list" | "events">;

type Iterating = Pick<Correlations, "iterate" | "iterateEvents">;

function iterable(reads: Reading): Reading & Iterating {
  return {
    ...reads,
    iterate: (request = {}) => iterate(request, "request", reads.list),
    iterateEvents: (request) => iterate(request, "request", reads.events),
  };
}

function actingOf(session: Session): Omit<Correlations, keyof Reading | keyof Iterating> {
  const { codec } = session;
  return {
    wait: async (input) => {
      const wait = encodeWait(input);
      return toWaitOutcome(codec, wait, await session.write(waitWrite, wait));
    },
    waitMany: async (inputs) => {
      const waits = encodeWaits(inputs, "inputs");
      const rows = await session.writeAll(waitWrite, waits);
      return rows.map((row, i) => toWaitOutcome(codec, waits[i] as (typeof waits)[number], row));
    },
    deliver: async (input) => {
      const { outcome, woken } = await session.write(deliverWrite, encodeDelivery(codec, input));
      hintClaimable(session, woken);
      return outcome;
    },
    deliverMany: async (inputs) => {
      const delivered = await session.writeAll(deliverWrite, encodeDeliveries(codec, inputs, "inputs"));
      hintClaimable(
        session,
        delivered.flatMap(({ woken }) => woken),
      );
      return delivered.map(({ outcome }) => outcome);
    },
    cancel: async (waitId) => session.write(cancelWaitWrite, { id: checkId(waitId, "waitId"), executionId: null }),
    cancelAll: async (selection) => {
      const { executionId, step } = selectionFields.read(selection, "selection");
      return session.write(cancelAllWaitsWrite, {
        executionId: checkId(executionId, "executionId"),
        step: checkOptionalId(step, "step"),
      });
    },
    takeExpired: async (options) => {
      const { limit = expiredLimitDefault } = expiredOptions.readOptional(options, "options");
      return session.run(takeExpiredWaits({ limit: checkInteger(limit, "limit", { min: 1, max: pageLimitMax }) }));
    },
  };
}

function readingOf(session: Session): Reading {
  const get = async (waitId: string): Promise<Wait | null> => session.run(getWait({ id: checkId(waitId, "waitId") }));
  return {
    get,
    require: async (waitId) => {
      const wait = await get(waitId);
      if (wait) return wait;
      throw new NotFoundError(`Wait ${waitId} does not exist: it was delivered to, canceled, or has timed out.`, {
        facts: { entity: "wait", id: waitId },
      });
    },
    list: async (request) => {
      const { executionId, key, after, limit } = waitListRequest.readOptional(request, "request");
      const size = checkLimit(limit);
      const plan = listWaits({
        executionId: checkOptionalId(executionId, "executionId"),
        key: checkOptionalId(key, "key"),
        after: checkSequenceCursor(after, 0),
        limit: size + 1,
      });
      return toPage(await session.run(plan), size, toWait, (row) => String(row.sequence));
    },
    events: async (request) => {
      const { key, after, limit } = eventListRequest.read(request, "request");
      const size = checkLimit(limit);
      const plan = listEvents({ key: checkId(key, "key"), after: checkSequenceCursor(after, 0), limit: size + 1 });
      return toPage(
        await session.run(plan),
        size,
        (row) => toEvent(session.codec, row),
        (row) => String(row.sequence),
      );
    },
  };
}

function toEvent(codec: Codec, { id, key, dedupeId, createdAt, expiresAt, payload }: ListEventsRow): KeptEvent {
  return { id, key, dedupeId, createdAt, expiresAt, payload: decodeOptional(codec, payload) };
}

function toWait({ id, key, executionId, step, createdAt, expiresAt }: GetWaitRow): Wait {
  return { id, key, executionId, step, createdAt, expiresAt };
}
