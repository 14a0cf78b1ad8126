import type { MastraDBMessage, StorageThreadType } from "@mastra/core/memory";
import {
  calculatePagination,
  type MemoryStorage,
  normalizePerPage,
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  type StorageCloneThreadInput,
  type StorageCopyThreadOutput,
  type StorageListMessagesByResourceIdInput,
  type StorageListMessagesInput,
  type StorageListMessagesOutput,
  type StorageListThreadsInput,
  type StorageListThreadsOutput,
  type StorageResourceType,
  type TableRetentionPolicy,
} from "@mastra/core/storage";
import { newId, type Store, type Transaction } from "holdfast";
import { DuplicateError, NotFoundError } from "holdfast/errors";
import { type DomainOptions, type NewDocument, sliceOf } from "./document.ts";
import { Documents } from "./documents.ts";
import { changedMessage, type MessageUpdate, Messages } from "./messages.ts";
import { ObservedMemory } from "./observed-memory.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import { labelOf, momentOf, plain } from "./text.ts";
import { threadCopy, threadDocument, threadLabels, toThread } from "./threads.ts";

/** Mastra's memory in a Holdfast store, or in one of its transactions: threads, messages and resources. */
export class HoldfastMemory extends ObservedMemory {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({
    messages: "createdAt",
    threads: "createdAt",
    resources: "createdAt",
  });
  override readonly supportsPartialThreadUpdate = true;
  readonly #threads: Documents<StorageThreadType>;
  readonly #messages: Messages;
  readonly #resources: Documents<StorageResourceType>;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super(place, options);
    this.#threads = new Documents(this.home, "thread");
    this.#messages = new Messages(this.home);
    this.#resources = new Documents(this.home, "resource");
  }

  override async dangerouslyClearAll(): Promise<void> {
    const all = { labels: {} };
    await Promise.all([this.#threads.removeAll(all), this.#messages.removeAll({}), this.#resources.removeAll(all)]);
    await this.observations.removeAll(null);
  }

  /** A pruned thread keeps its younger messages. */
  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const removers: Record<string, RemoveBefore> = {
      messages: async (before, limit) => this.#messages.removeBefore(before, limit),
      threads: async (before, limit) => this.#threads.removeBefore("createdAt", before, limit),
      resources: async (before, limit) => this.#resources.removeBefore("createdAt", before, limit),
    };
    return prune("memory", removers, HoldfastMemory.retentionTables, { policies, options });
  }

  override async getThreadById(key: { threadId: string; resourceId?: string }): Promise<StorageThreadType | null> {
    const thread = await this.#threads.get(key.threadId);
    const isOther = key.resourceId !== undefined && thread?.resourceId !== key.resourceId;
    return thread === null || isOther ? null : toThread(thread);
  }

  override async saveThread({ thread }: { thread: StorageThreadType }): Promise<StorageThreadType> {
    await this.#threads.putMany([threadDocument(thread)]);
    return thread;
  }

  /** @throws NotFoundError */
  override async updateThread(update: {
    id: string;
    title?: string;
    metadata?: Record<string, unknown>;
  }): Promise<StorageThreadType> {
    return this.#changeThread(update.id, (thread) => ({
      ...thread,
      ...(update.title !== undefined && { title: update.title }),
      metadata: { ...thread.metadata, ...update.metadata },
      updatedAt: new Date(),
    }));
  }

  /**
   * Moves a thread and its messages to another resource.
   *
   * @throws NotFoundError
   */
  override async updateThreadResourceId({
    threadId,
    resourceId,
  }: {
    threadId: string;
    resourceId: string;
  }): Promise<StorageThreadType> {
    const changed = await this.#threads.change(threadId, async (stored, tx) => {
      if (stored.resourceId === resourceId) return null;
      const messages = new Messages(this.home, tx);
      const all = await messages.toCopy(threadId, {});
      await messages.save(all.map((message) => ({ ...message, resourceId })));
      return threadDocument({ ...toThread(stored), resourceId, updatedAt: new Date() });
    });
    return changed ? toThread(changed) : missing("thread", threadId);
  }

  /** Nobody else changes the thread between reading and writing, also in another process. */
  override async updateThreadMetadata({
    id,
    resourceId,
    update,
  }: Parameters<MemoryStorage["updateThreadMetadata"]>[0]): Promise<StorageThreadType | null> {
    let isOther = false;
    const changed = await this.#threads.change(id, (stored) => {
      const thread = toThread(stored);
      isOther = resourceId !== undefined && thread.resourceId !== resourceId;
      const metadata = isOther ? undefined : update(thread);
      const merged = { ...thread.metadata, ...metadata };
      return metadata ? threadDocument({ ...thread, metadata: merged, updatedAt: new Date() }) : null;
    });
    return changed === null || isOther ? null : toThread(changed);
  }

  override async deleteThread({ threadId }: { threadId: string }): Promise<void> {
    await this.home.place.transaction(async (tx) => {
      await this.#threads.on(tx).removeMany([threadId]);
      await new Messages(this.home, tx).removeAll({ thread: labelOf(threadId) });
    });
  }

  override async listThreads(args: StorageListThreadsInput): Promise<StorageListThreadsOutput> {
    const { page = 0, perPage: asked, orderBy, filter } = args;
    const { field, direction } = this.parseOrderBy(orderBy);
    this.validatePaginationInput(page, asked ?? 100);
    this.validateMetadataKeys(filter?.metadata);
    const limit = normalizePerPage(asked, 100);
    const { offset, perPage } = calculatePagination(page, asked, limit);
    const labels = threadLabels(filter?.resourceId, filter?.metadata);
    const query = { labels, orderBy: field, order: direction === "ASC" ? "asc" : "desc" } as const;
    const [total, threads] = await Promise.all([
      this.#threads.count({ labels }),
      this.#threads.list(query, { ...sliceOf(page, 0), offset, limit }),
    ]);
    return { threads: threads.map(toThread), total, page, perPage, hasMore: offset + limit < total };
  }

  /** @throws NotFoundError without the source, DuplicateError if the new thread exists. */
  override async copyThread(args: StorageCloneThreadInput): Promise<StorageCopyThreadOutput> {
    const { sourceThreadId, newThreadId = newId(), options, resourceId } = args;
    return this.home.place.transaction(async (tx) => {
      const [threads, messages] = [this.#threads.on(tx), new Messages(this.home, tx)];
      const source = (await threads.get(sourceThreadId)) ?? missing("thread", sourceThreadId);
      if (await threads.get(newThreadId)) {
        throw new DuplicateError(`Thread ${JSON.stringify(newThreadId)} already exists: name another.`, {
          facts: { entity: "thread", id: newThreadId },
        });
      }
      const copied = await messages.toCopy(sourceThreadId, options);
      const thread = threadCopy(source, { ...args, newThreadId }, copied.at(-1)?.id);
      await threads.putMany([threadDocument(thread)]);
      const messageIdMap = Object.fromEntries(copied.map(({ id }) => [id, newId()]));
      const owner = resourceId === undefined ? {} : { resourceId };
      await messages.save(
        copied.map((each) => ({ ...each, ...owner, id: messageIdMap[each.id] ?? "", threadId: newThreadId })),
      );
      return { thread, messageIdMap };
    });
  }

  override async listMessages(args: StorageListMessagesInput): Promise<StorageListMessagesOutput> {
    const { direction } = this.parseOrderBy(args.orderBy, "ASC");
    return this.#messages.list(args, { threads: [args.threadId].flat(), direction });
  }

  override async listMessagesByResourceId(
    args: StorageListMessagesByResourceIdInput,
  ): Promise<StorageListMessagesOutput> {
    const { direction } = this.parseOrderBy(args.orderBy, "ASC");
    return this.#messages.list(args, { threads: null, direction });
  }

  override async listMessagesById({ messageIds }: { messageIds: string[] }): Promise<{ messages: MastraDBMessage[] }> {
    return { messages: await this.#messages.getMany(messageIds) };
  }

  override async saveMessages({ messages }: { messages: MastraDBMessage[] }): Promise<{ messages: MastraDBMessage[] }> {
    if (messages.length === 0) return { messages };
    await this.home.place.transaction(async (tx) => {
      await this.#touch(
        tx,
        messages.map(({ threadId }) => threadId),
      );
      await new Messages(this.home, tx).save(messages);
    });
    return { messages };
  }

  override async updateMessages({ messages }: { messages: MessageUpdate[] }): Promise<MastraDBMessage[]> {
    return this.home.place.transaction(async (tx) => {
      const stored = new Map(
        (await new Messages(this.home, tx).getMany(messages.map(({ id }) => id))).map((each) => [each.id, each]),
      );
      const touched: (string | undefined)[] = [];
      const updated = new Map<string, MastraDBMessage>();
      for (const update of messages) {
        const before = updated.get(update.id) ?? stored.get(update.id);
        if (!before) continue;
        const after = changedMessage(before, update);
        touched.push(before.threadId, after.threadId);
        updated.set(after.id, after);
      }
      await this.#touch(tx, touched);
      await new Messages(this.home, tx).save([...updated.values()]);
      return [...updated.values()];
    });
  }

  override async deleteMessages(messageIds: string[]): Promise<void> {
    if (messageIds.length === 0) return;
    await this.home.place.transaction(async (tx) => {
      const messages = new Messages(this.home, tx);
      const stored = await messages.getMany(messageIds);
      await this.#touch(
        tx,
        stored.map(({ threadId }) => threadId),
      );
      await messages.removeMany(stored.map(({ id }) => id));
    });
  }

  override async getResourceById({ resourceId }: { resourceId: string }): Promise<StorageResourceType | null> {
    const resource = await this.#resources.get(resourceId);
    return resource && toResource(resource);
  }

  override async saveResource({ resource }: { resource: StorageResourceType }): Promise<StorageResourceType> {
    await this.#resources.putMany([resourceDocument(resource)]);
    return resource;
  }

  override async updateResource({
    resourceId,
    workingMemory,
    metadata,
  }: {
    resourceId: string;
    workingMemory?: string;
    metadata?: Record<string, unknown>;
  }): Promise<StorageResourceType> {
    const working = workingMemory === undefined ? {} : { workingMemory };
    const changed = await this.#resources.change(resourceId, (before) => {
      const value = { ...before, ...working, metadata: { ...before.metadata, ...metadata }, updatedAt: new Date() };
      return resourceDocument(value);
    });
    if (changed) return toResource(changed);
    const now = new Date();
    return this.saveResource({
      resource: { id: resourceId, ...working, metadata: metadata ?? {}, createdAt: now, updatedAt: now },
    });
  }

  async #changeThread(id: string, change: (thread: StorageThreadType) => StorageThreadType) {
    const changed = await this.#threads.change(id, (thread) => threadDocument(change(toThread(thread))));
    return changed ? toThread(changed) : missing("thread", id);
  }

  /** Moves `updatedAt` of threads, in one order, so that callers never wait for each other in a circle. */
  async #touch(tx: Transaction, ids: readonly (string | undefined)[]): Promise<void> {
    const given = ids.filter((id) => id !== undefined && id !== "");
    for (const id of [...new Set(given as string[])].toSorted()) {
      await this.#threads.on(tx).change(id, (thread) => {
        const before = momentOf(thread.updatedAt, "updatedAt")?.getTime() ?? 0;
        return threadDocument({ ...toThread(thread), updatedAt: new Date(Math.max(Date.now(), before + 1)) });
      });
    }
  }
}

function resourceDocument(resource: StorageResourceType): NewDocument<StorageResourceType> {
  const createdAt = momentOf(resource.createdAt, "resource.createdAt")?.getTime() ?? Date.now();
  return { id: resource.id, value: plain(resource), labels: {}, sorts: { createdAt } };
}

function toResource(stored: StorageResourceType): StorageResourceType {
  return { ...stored, createdAt: new Date(stored.createdAt), updatedAt: new Date(stored.updatedAt) };
}

function missing(entity: string, id: string): never {
  throw new NotFoundError(`The ${entity} with id ${JSON.stringify(id)} was not found: save it first.`, {
    facts: { entity, id },
  });
}
