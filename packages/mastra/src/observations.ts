import {
  type BufferedObservationChunk,
  InMemoryDB,
  InMemoryMemory,
  type ObservationalMemoryHistoryOptions,
  type ObservationalMemoryRecord,
} from "@mastra/core/storage";
import type { Transaction } from "holdfast";
import { NotFoundError } from "holdfast/errors";
import type { DocumentFilter, Home, NewDocument } from "./document.ts";
import { Documents } from "./documents.ts";
import { labelOf, momentOf, plain } from "./text.ts";

/** Whose observations: a thread's, or a resource's without one. */
interface Owner {
  readonly threadId: string | null;
  readonly resourceId: string;
}

/** What is done to the records of one owner, by Mastra's own rules. */
type Change<R> = (memory: InMemoryMemory) => Promise<R>;

/** A part of a generation's number, for the time: generations of one number come by their creation. */
const timeShare = 2 ** -43;

/** Mastra's observational memory. Each generation of it is a document. */
export class Observations {
  readonly #documents: Documents<ObservationalMemoryRecord>;
  readonly #home: Home;

  constructor(home: Home, tx: Transaction | null = null) {
    this.#home = home;
    this.#documents = new Documents(home, "observation", tx);
  }

  /** The newest generations first. */
  async list(
    owner: Owner,
    limit: number = Number.MAX_SAFE_INTEGER,
    { from, to, offset = 0 }: ObservationalMemoryHistoryOptions = {},
  ): Promise<ObservationalMemoryRecord[]> {
    const start = momentOf(from, "options.from")?.getTime();
    const end = momentOf(to, "options.to")?.getTime();
    const createdAt = { ...(start !== undefined && { gte: start }), ...(end !== undefined && { lte: end }) };
    const ranges = start === undefined && end === undefined ? {} : { ranges: { createdAt } };
    const query = { ...ownedBy(owner), ...ranges, orderBy: "generation", order: "desc" } as const;
    return (await this.#documents.list(query, { offset, limit })).map(toRecord);
  }

  async put(record: ObservationalMemoryRecord): Promise<ObservationalMemoryRecord> {
    await this.#documents.putMany([recordDocument(record)]);
    return record;
  }

  async removeAll(owner: Owner | null): Promise<void> {
    await this.#documents.removeAll(owner ? ownedBy(owner) : { labels: {} });
  }

  /** Makes a record by Mastra's own rules, and writes it. */
  async create(make: Change<ObservationalMemoryRecord>): Promise<ObservationalMemoryRecord> {
    return this.put(await make(memoryOf(new InMemoryDB())));
  }

  /**
   * Changes a record by Mastra's own rules, and nobody else meanwhile. Writes what that makes beside it, too.
   *
   * @throws NotFoundError
   */
  async change<R>(id: string, change: Change<R>): Promise<R> {
    let result: { readonly answer: R } | undefined;
    await this.#documents.change(id, async (stored, tx) => {
      const db = new InMemoryDB();
      const record = toRecord(stored);
      db.observationalMemory.set("changed", [record]);
      result = { answer: await change(memoryOf(db)) };
      const made = [...db.observationalMemory.values()].flat().filter((each) => each.id !== id);
      const observations = new Observations(this.#home, tx);
      for (const each of made) await observations.put(each);
      return recordDocument(record);
    });
    if (result) return result.answer;
    throw new NotFoundError(`Observational memory ${JSON.stringify(id)} was not found: initialize it first.`, {
      facts: { entity: "observational memory", id },
    });
  }
}

function memoryOf(db: InMemoryDB): InMemoryMemory {
  return new InMemoryMemory({ db });
}

function ownedBy({ threadId, resourceId }: Owner): DocumentFilter {
  return { labels: { owner: labelOf(threadId ? ["thread", threadId] : ["resource", resourceId]) } };
}

function recordDocument(record: ObservationalMemoryRecord): NewDocument<ObservationalMemoryRecord> {
  const createdAt = momentOf(record.createdAt, "record.createdAt")?.getTime() ?? Date.now();
  return {
    id: record.id,
    value: plain(record),
    ...ownedBy(record),
    sorts: { generation: record.generationCount + createdAt * timeShare, createdAt },
  };
}

function toRecord(stored: ObservationalMemoryRecord): ObservationalMemoryRecord {
  const { lastObservedAt, lastBufferedAtTime, bufferedObservationChunks: chunks } = stored;
  return {
    ...stored,
    createdAt: new Date(stored.createdAt),
    updatedAt: new Date(stored.updatedAt),
    ...(lastObservedAt && { lastObservedAt: new Date(lastObservedAt) }),
    lastBufferedAtTime: lastBufferedAtTime ? new Date(lastBufferedAtTime) : null,
    ...(chunks && { bufferedObservationChunks: chunks.map(toChunk) }),
  };
}

function toChunk(stored: BufferedObservationChunk): BufferedObservationChunk {
  return { ...stored, createdAt: new Date(stored.createdAt), lastObservedAt: new Date(stored.lastObservedAt) };
}
