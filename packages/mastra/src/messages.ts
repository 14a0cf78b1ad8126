import type { MastraDBMessage } from "@mastra/core/memory";
import {
  calculatePagination,
  normalizePerPage,
  type StorageCloneThreadInput,
  type StorageListMessagesInput,
  type StorageListMessagesOutput,
  validateStorageMetadataFilter,
} from "@mastra/core/storage";
import type { Transaction } from "holdfast";
import { InvalidInputError } from "holdfast/errors";
import type { LabelRange, Labels } from "holdfast/executions";
import { type DocumentFilter, type Home, sliceOf } from "./document.ts";
import { Documents } from "./documents.ts";
import { labelOf, momentOf, plain } from "./text.ts";
import { metadataLabels } from "./threads.ts";

type ListArgs = Omit<StorageListMessagesInput, "threadId">;

type DateRange = NonNullable<ListArgs["filter"]>["dateRange"];

/** A change of a message, as Mastra gives it. */
export type MessageUpdate = Partial<Omit<MastraDBMessage, "createdAt" | "content">> & {
  id: string;
  createdAt?: Date;
  content?: object;
};

/** Where to look for messages, and in what order. */
interface Scope {
  /** null for any thread. */
  readonly threads: readonly string[] | null;
  readonly direction: "ASC" | "DESC";
}

/** The messages of all threads. */
export class Messages {
  readonly #documents: Documents<MastraDBMessage>;

  constructor(home: Home, tx: Transaction | null = null) {
    this.#documents = new Documents(home, "message", tx);
  }

  async getMany(ids: readonly string[]): Promise<MastraDBMessage[]> {
    return (await this.#documents.getMany(ids)).map(toMessage);
  }

  /** Writes messages. Those of one moment keep the order in which they are given. Of several with one id, the last counts. */
  async save(messages: readonly MastraDBMessage[]): Promise<void> {
    const documents = new Map(
      messages.map((message, i) => {
        const { id, threadId, resourceId } = message;
        const value = plain(message);
        const labels = {
          ...(threadId && { thread: labelOf(threadId) }),
          ...(resourceId && { resource: labelOf(resourceId) }),
          ...metadataLabels(metadataOf(value.content)),
        };
        // A fraction of a millisecond for the place within its batch.
        const createdAt =
          (momentOf(message.createdAt, "message.createdAt") ?? new Date()).getTime() + (i % 1000) / 1000;
        return [id, { id, value, labels, sorts: { createdAt } }] as const;
      }),
    );
    await this.#documents.putMany([...documents.values()]);
  }

  async removeMany(ids: readonly string[]): Promise<void> {
    await this.#documents.removeMany(ids);
  }

  async removeAll(labels: Labels): Promise<void> {
    await this.#documents.removeAll({ labels });
  }

  async removeBefore(before: number, limit: number): Promise<number> {
    return this.#documents.removeBefore("createdAt", before, limit);
  }

  /** The messages of a thread that a copy takes, the oldest first. */
  async toCopy(threadId: string, options: StorageCloneThreadInput["options"]): Promise<MastraDBMessage[]> {
    const { startDate: start, endDate: end, messageIds } = options?.messageFilter ?? {};
    const range = { ...(start && { start }), ...(end && { end }) };
    const filter = { labels: { thread: labelOf(threadId) }, ranges: momentsOf(range) };
    const query = { ...filter, orderBy: "createdAt", order: "asc" } as const;
    const all = (await this.#documents.list(query, { offset: 0, limit: Number.MAX_SAFE_INTEGER })).map(toMessage);
    const chosen = messageIds && messageIds.length > 0 ? all.filter(({ id }) => messageIds.includes(id)) : all;
    const limit = options?.messageLimit ?? 0;
    return limit > 0 ? chosen.slice(-limit) : chosen;
  }

  async list(args: ListArgs, { threads, direction }: Scope): Promise<StorageListMessagesOutput> {
    const { resourceId, filter, page = 0, perPage: asked, include = [] } = args;
    const metadata = validateStorageMetadataFilter(filter?.metadata);
    if (threads && (threads.length === 0 || threads.some((id) => !id.trim()))) throw invalidThread();
    const limit = normalizePerPage(asked, 40);
    const { offset, perPage } = calculatePagination(page, asked, limit);
    const slice = { ...sliceOf(page, limit), offset, limit };
    const common = {
      ...(resourceId && { resource: labelOf(resourceId) }),
      ...metadataLabels(metadata ?? {}),
    };
    const ranges = momentsOf(filter?.dateRange);
    const each = threads === null ? [common] : [...new Set(threads)].map((id) => ({ ...common, thread: labelOf(id) }));
    const filters = each.map((labels): DocumentFilter => ({ labels, ranges }));
    const by = { orderBy: "createdAt", order: direction === "ASC" ? "asc" : "desc" } as const;
    const { total, values } =
      limit === 0 ? { total: 0, values: [] } : await this.#documents.listAny(filters, by, slice);
    const found = values.map(toMessage);
    const included = await this.#included(include, resourceId);
    const messages = [...new Map([...found, ...included].map((each) => [each.id, each])).values()];
    if (included.length > 0) sortByTime(messages, direction);
    const seen = messages.filter(({ threadId }) => threads === null || threads.includes(threadId ?? "")).length;
    const hasMore =
      limit > 0 && (included.length > 0 ? seen < total && offset + limit < total : offset + limit < total);
    return { messages, total, page, perPage, hasMore };
  }

  /** The messages that a caller names, each with its neighbours in its thread. */
  async #included(include: NonNullable<ListArgs["include"]>, resourceId?: string): Promise<MastraDBMessage[]> {
    const targets = new Map((await this.getMany(include.map(({ id }) => id))).map((each) => [each.id, each]));
    const found: MastraDBMessage[] = [];
    for (const { id, withPreviousMessages = 0, withNextMessages = 0 } of include) {
      const target = targets.get(id);
      if (!target || (resourceId && target.resourceId !== resourceId)) continue;
      const resource = resourceId ? { resource: labelOf(resourceId) } : {};
      const labels = { thread: labelOf(target.threadId ?? ""), ...resource };
      const at = target.createdAt.getTime();
      const near = async (order: "asc" | "desc", createdAt: LabelRange, limit: number) => {
        // Those of the same millisecond come too, on either side.
        const query = { labels, ranges: { createdAt }, orderBy: "createdAt", order } as const;
        return (await this.#documents.list(query, { offset: 0, limit: limit + 1000 })).map(toMessage);
      };
      const before = await near("desc", { lt: at + 1 }, withPreviousMessages);
      const after = await near("asc", { gte: at }, withNextMessages);
      const older = before.slice(before.findIndex((each) => each.id === id) + 1).slice(0, withPreviousMessages);
      const newer = after.slice(after.findIndex((each) => each.id === id) + 1).slice(0, withNextMessages);
      found.push(...older.toReversed(), target, ...newer);
    }
    return found;
  }
}

/** A message after an update: given fields replace, metadata are merged. */
export function changedMessage(before: MastraDBMessage, { content, ...update }: MessageUpdate): MastraDBMessage {
  const given = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined));
  if (content === undefined) return { ...before, ...given };
  const metadata = { ...metadataOf(before.content), ...metadataOf(content) };
  const merged = { ...before.content, ...content, ...(Object.keys(metadata).length > 0 && { metadata }) };
  return { ...before, ...given, content: merged };
}

function metadataOf(content: unknown): object {
  const { metadata } = Object(content) as { metadata?: unknown };
  return typeof metadata === "object" && metadata !== null ? metadata : {};
}

function momentsOf(range: DateRange): Record<string, LabelRange> {
  const start = momentOf(range?.start, "filter.dateRange.start")?.getTime();
  const end = momentOf(range?.end, "filter.dateRange.end")?.getTime();
  if (start === undefined && end === undefined) return {};
  // Labels have the place within the millisecond too.
  const low = start === undefined ? {} : { gte: range?.startExclusive ? start + 1 : start };
  const high = end === undefined ? {} : { lt: range?.endExclusive ? end : end + 1 };
  return { createdAt: { ...low, ...high } };
}

function toMessage(stored: MastraDBMessage): MastraDBMessage {
  return { ...stored, createdAt: new Date(stored.createdAt) };
}

function sortByTime(messages: MastraDBMessage[], direction: Scope["direction"]): void {
  const sign = direction === "ASC" ? 1 : -1;
  messages.sort((a, b) => (a.createdAt.getTime() - b.createdAt.getTime()) * sign);
}

function invalidThread(): InvalidInputError {
  return new InvalidInputError("threadId must be a non-empty string or array of non-empty strings.", {
    facts: { field: "threadId" },
  });
}
