import {
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  type TableRetentionPolicy,
  ThreadStateStorage,
} from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import { type DomainOptions, homeOf } from "./document.ts";
import { Documents } from "./documents.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import { plain } from "./text.ts";

interface StateKey {
  readonly threadId: string;
  readonly type: string;
}

/** The state of Mastra's threads, such as tasks and goals, in a Holdfast store, or in one of its transactions. */
export class HoldfastThreadState extends ThreadStateStorage {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({ threadState: "updatedAt" });
  readonly #states: Documents<{ readonly value?: unknown }>;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super();
    this.#states = new Documents(homeOf(place, options), "thread state");
  }

  /** Opening the store has created the schema. */
  override async init(): Promise<void> {}

  override async dangerouslyClearAll(): Promise<void> {
    await this.#states.removeAll({ labels: {} });
  }

  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const threadState: RemoveBefore = async (before, limit) => this.#states.removeBefore("updatedAt", before, limit);
    return prune("threadState", { threadState }, HoldfastThreadState.retentionTables, { policies, options });
  }

  override async getState<T = unknown>(key: StateKey): Promise<T | undefined> {
    const state = await this.#states.get(idOf(key));
    // What `setState` was given.
    return state?.value as T | undefined;
  }

  override async setState<T = unknown>({ value, ...key }: StateKey & { value: T }): Promise<void> {
    const state = { value: plain(value) };
    await this.#states.putMany([{ id: idOf(key), value: state, labels: {}, sorts: { updatedAt: Date.now() } }]);
  }

  override async deleteState(key: StateKey): Promise<void> {
    await this.#states.removeMany([idOf(key)]);
  }
}

function idOf({ threadId, type }: StateKey): string {
  return JSON.stringify([threadId, type]);
}
