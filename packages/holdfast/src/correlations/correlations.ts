import { hintClaimable } from "../claims/hints.ts";
import { encodeSelection, type StepSelection } from "../claims/step-selection.ts";
import { type Codec, decodeOptional } from "../core/codec.ts";
import { type WaitStatus, waitStatusLabels } from "../core/enums.generated.ts";
import { NotFoundError } from "../core/errors.ts";
import { type Fields, fieldsOf, pageNames } from "../core/fields.ts";
import {
  checkId,
  checkKey,
  checkLimit,
  checkOneOf,
  checkOptionalId,
  checkOptionalKey,
  checkOrder,
  invalid,
  type Order,
  type Page,
  type PageRequest,
  toPage,
} from "../core/input.ts";
import { iterate, numberAfter } from "../core/pages.ts";
import { mapPlan, type Plan } from "../core/plan.ts";
import type { Session } from "../session/session.ts";
import {
  deliverWrite,
  type DeliveryInput,
  type DeliveryOutcome,
  encodeDeliveries,
  encodeDelivery,
} from "./deliveries.ts";
import {
  getWait,
  listEndedWaits,
  listEvents,
  type ListEventsRow,
  listWaits,
  type ListWaitsRow,
} from "./statements.generated.ts";
import {
  cancelWaitsOf,
  cancelWaitWrite,
  doExpire,
  type EncodedWait,
  encodeWait,
  encodeWaits,
  toWait,
  toWaitOutcome,
  type Wait,
  type WaitInput,
  type WaitOutcome,
  waitWrite,
} from "./waits.ts";

export type { DeliveredWait, DeliveryInput, DeliveryOutcome, FirstDelivery, MissedDelivery } from "./deliveries.ts";
export type { TakenEvent, Wait, WaitDelivery, WaitInput, WaitOutcome } from "./waits.ts";
export { countExpiredEvents, removeExpiredEvents } from "./statements.generated.ts";

/** An event that no wait has taken yet. */
export interface KeptEvent {
  readonly id: string;
  readonly key: string;
  readonly dedupeId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly payload: unknown;
}

/** Options of a list of waits. */
export interface WaitListRequest extends PageRequest {
  readonly executionId?: string | undefined;
  readonly key?: string | undefined;
  /** Pending waits by default. Other statuses require an execution. */
  readonly status?: WaitStatus | undefined;
}

/** Options of a list of kept events. */
export interface EventListRequest extends PageRequest {
  readonly key: string;
}

/**
 * Waits of executions for events, and the events. An event resumes a wait once. Make these calls inside a transaction that also writes
 * the consequences, such as the job that resumes the execution. A wait that expires becomes a timer, which the timer pump fires.
 */
export interface Correlations {
  /**
   * Waits for an event, or takes the oldest kept one. If the step already waits for the key, that wait stays as it is. If the step has
   * registered the wait's id before, returns what became of that wait. So a replayed step gets the event that it got.
   *
   * @throws NotFoundError if the execution does not exist.
   * @throws DuplicateError if the id is taken.
   */
  wait(input: WaitInput): Promise<WaitOutcome>;
  /** Like `wait`, all or nothing; at most 1,000. */
  waitMany(inputs: readonly WaitInput[]): Promise<readonly WaitOutcome[]>;
  /** Resumes the waits for the key. If there are none, keeps the event until one comes, unless `keep` is false. */
  deliver(input: DeliveryInput): Promise<DeliveryOutcome>;
  /** Like `deliver`, all or nothing; at most 1,000, with distinct keys. */
  deliverMany(inputs: readonly DeliveryInput[]): Promise<readonly DeliveryOutcome[]>;
  /** Returns whether the wait was pending; if so, nothing will be delivered to it any more. */
  cancel(waitId: string): Promise<boolean>;
  /** Cancels each wait of a selection and returns their number. */
  cancelAll(selection: StepSelection): Promise<number>;
  get(waitId: string): Promise<Wait | null>;
  /** @throws NotFoundError */
  require(waitId: string): Promise<Wait>;
  /** In registration order. With the `status` of finished waits, in the order of their ends. */
  list(request?: WaitListRequest): Promise<Page<Wait>>;
  /** Every item of `list`, read in pages of `limit`. */
  iterate(request?: WaitListRequest): AsyncGenerator<Wait, void, undefined>;
  /** The kept events of a key, oldest first. */
  events(request: EventListRequest): Promise<Page<KeptEvent>>;
  /** Every item of `events`, read in pages of `limit`. */
  iterateEvents(request: EventListRequest): AsyncGenerator<KeptEvent, void, undefined>;
}

const waitListRequest: Fields<WaitListRequest> = fieldsOf<WaitListRequest>({
  executionId: true,
  key: true,
  status: true,
  ...pageNames,
});

const eventListRequest: Fields<EventListRequest> = fieldsOf<EventListRequest>({ key: true, ...pageNames });

/** The `correlations` of a store or of a transaction. */
export function correlationsOf(session: Session): Correlations {
  return { ...writingOf(session), ...iterable(readingOf(session)) };
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

function writingOf(session: Session): Omit<Correlations, keyof Reading | keyof Iterating> {
  const { codec } = session;
  return {
    wait: async (input) => {
      const wait = encodeWait(input);
      const row = await session.write(waitWrite, wait);
      hintExpiring(session, [wait]);
      return toWaitOutcome(codec, wait, row);
    },
    waitMany: async (inputs) => {
      const waits = encodeWaits(inputs, "inputs");
      const rows = await session.writeAll(waitWrite, waits);
      hintExpiring(session, waits);
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
    cancelAll: async (selection) => session.write(cancelWaitsOf, encodeSelection(selection)),
  };
}

function readingOf(session: Session): Reading {
  const { codec } = session;
  const get = async (waitId: string): Promise<Wait | null> =>
    session.run(mapPlan(getWait({ id: checkId(waitId, "waitId") }), (row) => row && toWait(codec, row)));
  return {
    get,
    require: async (waitId) => {
      const wait = await get(waitId);
      if (wait) return wait;
      throw new NotFoundError(`Wait ${waitId} does not exist: it was canceled, or never registered.`, {
        facts: { entity: "wait", id: waitId },
      });
    },
    list: async (request) => {
      const { after, limit, order, ...filter } = waitListRequest.readOptional(request, "request");
      const size = checkLimit(limit);
      const plan = listPlan(filter, { after, limit: size + 1, order: checkOrder(order) });
      return toPage(
        await session.run(plan),
        size,
        (row) => toWait(codec, row),
        (row) => String(row.sequence),
      );
    },
    events: async (request) => {
      const { key, after, limit, ...asked } = eventListRequest.read(request, "request");
      const size = checkLimit(limit);
      const order = checkOrder(asked.order);
      const plan = listEvents[order]({ key: checkKey(key, "key"), after: numberAfter(after, order), limit: size + 1 });
      return toPage(
        await session.run(plan),
        size,
        (row) => toEvent(codec, row),
        (row) => String(row.sequence),
      );
    },
  };
}

function listPlan(
  filter: WaitListRequest,
  { after, limit, order }: { readonly after: string | undefined; readonly limit: number; readonly order: Order },
): Plan<readonly ListWaitsRow[]> {
  const executionId = checkOptionalId(filter.executionId, "executionId");
  const key = checkOptionalKey(filter.key, "key");
  const status = checkOneOf(filter.status ?? "waiting", "status", waitStatusLabels);
  const place = { after: numberAfter(after, order), limit };
  if (status === "waiting") return listWaits[order]({ ...place, executionId, key });
  if (executionId !== null) return listEndedWaits[order]({ ...place, executionId, key, status });
  throw invalid("executionId", `is missing: waits that are ${status} are listed of one execution`);
}

function toEvent(codec: Codec, { id, key, dedupeId, createdAt, expiresAt, payload }: ListEventsRow): KeptEvent {
  return { id, key, dedupeId, createdAt, expiresAt, payload: decodeOptional(codec, payload) };
}

/** The pump may be sleeping past the expiry. */
function hintExpiring(session: Session, waits: readonly EncodedWait[]): void {
  if (doExpire(waits)) session.hint("timers");
}
