import {
  type AggregateStreamOptions,
  type AggregateStreamResult,
  type AppendToStreamOptions,
  type AppendToStreamResult,
  downcastRecordedMessages,
  type Event,
  type EventStore,
  ExpectedVersionConflictError,
  type ReadEventMetadataWithGlobalPosition,
  type ReadStreamOptions,
  type ReadStreamResult,
  upcastRecordedMessages,
} from "@event-driven-io/emmett";
import type { Store, Transaction } from "holdfast";
import { NotFoundError } from "holdfast/errors";
import type { HistoryAppendOptions, HistoryEntry, HistoryEntryInput } from "holdfast/history";
import { appendNames, checkFunction, checkNames, checkOptions, invalid, readNames, toEventError } from "./input.ts";
import { executionOf, type Recorded, streamOf, toEntry, toRecorded } from "./records.ts";
import { checkVersion, type Expectation, expectationOf, toCount, toEmmett } from "./versions.ts";

type Metadata = ReadEventMetadataWithGlobalPosition;

/** From where to follow the events of all streams. */
export interface FollowOptions {
  /** The `cursor` of the last event that the caller handled. From the first event by default. */
  readonly after?: string | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** An event of any stream. */
export interface StreamedEvent {
  readonly event: Recorded;
  /** Where to continue after it. */
  readonly cursor: string;
}

/** Whether a list of the caller's has anything. */
function isFull(events: unknown): boolean {
  return Array.isArray(events) && events.length > 0;
}

/** The most entries of a page. */
const pageMax = 1000;

/** The most events of an append. */
const appendMax = 10_000;

/** The position of the first event to read. */
function firstOf({ from }: Pick<ReadStreamOptions, "from">): number {
  return Math.max(1, toCount(from, "from") ?? 1);
}

/**
 * Emmett's event store on an open store, or on one of its transactions. A stream is the history of an execution.
 */
export class HoldfastEventStore implements EventStore<Metadata> {
  readonly #store: Store | Transaction;

  constructor(store: Store | Transaction) {
    this.#store = store;
  }

  /** @throws ExpectedVersionConflictError unless the stream is as expected. */
  async readStream<EventType extends Event, Stored extends Event = EventType>(
    streamName: string,
    options: ReadStreamOptions<bigint, EventType, Stored> = {},
  ): Promise<ReadStreamResult<EventType, Metadata>> {
    const id = executionOf(streamName);
    checkOptions(options, readNames);
    const expected = expectationOf(options.expectedStreamVersion);
    const from = firstOf(options);
    const to = toCount(options.to, "to") ?? Infinity;
    const count = Math.min(toCount(options.maxCount, "maxCount") ?? Infinity, to - from + 1);
    const [page, last] = await this.#store.read([
      ({ history }) => history.read(id, { from, limit: Math.min(Math.max(count, 1), pageMax) }),
      ({ history }) => history.last(id),
    ]);
    const version = last?.number ?? 0;
    checkVersion(BigInt(version), expected);
    const entries = page.items.slice(0, Math.max(count, 0));
    // Whatever is appended meanwhile is not part of this version.
    const rest = { end: Math.min(from + count - 1, version), after: page.next };
    for await (const entry of this.#rest(id, rest)) entries.push(entry);
    const recorded = entries
      .filter(({ number }) => number <= version)
      .map((entry) => toRecorded(streamName, entry) as unknown as Recorded<Stored>);
    return {
      currentStreamVersion: BigInt(version),
      events: upcastRecordedMessages<EventType, Stored, Metadata>(recorded, options.schema?.versioning),
      streamExists: version > 0,
    };
  }

  /**
   * Its `currentStreamVersion` is the version of the state: that of the last event that was read.
   *
   * @throws ExpectedVersionConflictError unless the stream is as expected.
   */
  async aggregateStream<State, EventType extends Event, Stored extends Event = EventType>(
    streamName: string,
    options: AggregateStreamOptions<State, EventType, Metadata, Stored>,
  ): Promise<AggregateStreamResult<State>> {
    checkNames(options, "options", ["evolve", "initialState", "read"]);
    const { evolve, initialState, read = {} } = options;
    checkFunction(evolve, "evolve");
    checkFunction(initialState, "initialState");
    const { currentStreamVersion, events, streamExists } = await this.readStream<EventType, Stored>(streamName, read);
    // The three forms of `evolve` take what a recorded event has.
    const step = evolve as (state: State, event: Recorded<EventType>) => State;
    let state = initialState();
    for (const event of events) state = step(state, event);
    const version = BigInt(firstOf(read) - 1 + events.length);
    return {
      currentStreamVersion: version < currentStreamVersion ? version : currentStreamVersion,
      state,
      streamExists,
    };
  }

  /**
   * Appends events, all or none, and creates the stream if it does not exist.
   *
   * @throws ExpectedVersionConflictError unless the stream is as expected.
   */
  async appendToStream<EventType extends Event, Stored extends Event = EventType>(
    streamName: string,
    events: readonly EventType[],
    options: AppendToStreamOptions<bigint, EventType, Stored> = {},
  ): Promise<AppendToStreamResult> {
    const id = executionOf(streamName);
    checkOptions(options, appendNames);
    const expected = expectationOf(options.expectedStreamVersion);
    if (!isFull(events)) throw invalid("events", "must have at least one event");
    if (events.length > appendMax) throw invalid("events", `has more than ${appendMax} events: append them in parts`);
    const stored = downcastRecordedMessages<EventType, Stored>(events.slice(), options.schema?.versioning);
    const entries = stored.map((event, i) => toEntry(event, `events[${i}]`));
    const numbers = await this.#append(id, entries, expected).catch((error: unknown) => {
      throw toEmmett(toEventError(error), expected);
    });
    return { nextExpectedStreamVersion: BigInt(numbers.at(-1) ?? 0), createdNewStream: numbers[0] === 1 };
  }

  async streamExists(streamName: string): Promise<boolean> {
    return (await this.#store.history.last(executionOf(streamName))) !== null;
  }

  /**
   * The events of all streams in the order of their commits, and then those that come. A caller that continues after the last cursor that
   * it has stored sees each at least once. Not available in a transaction.
   */
  async *follow({ after, signal }: FollowOptions = {}): AsyncGenerator<StreamedEvent, void, undefined> {
    const options = { ...(after !== undefined && { after }), ...(signal && { signal }) };
    for await (const { cursor, ...entry } of this.#store.history.subscribeAll(options)) {
      const streamName = streamOf(entry.executionId);
      if (streamName !== null) yield { event: toRecorded(streamName, entry), cursor };
    }
  }

  async *#rest(id: string, { end, after }: { end: number; after: string | null }): AsyncGenerator<HistoryEntry> {
    if (after === null || Number(after) >= end) return;
    for await (const entry of this.#store.history.iterate(id, { after, limit: pageMax })) {
      if (entry.number > end) return;
      yield entry;
    }
  }

  async #append(id: string, entries: readonly HistoryEntryInput[], expected: Expectation): Promise<readonly number[]> {
    const { expectedNext, mayCreate, given } = expected;
    const options = { ...(expectedNext !== undefined && { expectedNext }) };
    const exists = expectedNext !== 1 && (await this.#mayExist(id));
    if (exists) {
      try {
        return await this.#appendTo(id, entries, options);
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
      }
    }
    if (!mayCreate) throw new ExpectedVersionConflictError(0n, given);
    return this.#store.transaction(async (tx) => {
      // Two may create one stream at once: the second one only adds to it, if it may.
      await tx.executions.save({ id, labels: { stream: true } });
      return tx.history.append(id, entries, options);
    });
  }

  async #appendTo(
    id: string,
    entries: readonly HistoryEntryInput[],
    options: HistoryAppendOptions,
  ): Promise<readonly number[]> {
    const append = async ({ history }: Pick<Transaction, "history">) => history.append(id, entries, options);
    const mayFail = options.expectedNext !== undefined && this.#isInTransaction;
    // A refused append ends the transaction that it is in. The caller's must go on, so it gets one of its own.
    return mayFail ? this.#store.transaction(append) : append(this.#store);
  }

  /** A failed append would end the caller's transaction, so it looks first. */
  async #mayExist(id: string): Promise<boolean> {
    return !this.#isInTransaction || (await this.#store.history.last(id)) !== null;
  }

  get #isInTransaction(): boolean {
    return !("close" in this.#store);
  }
}
