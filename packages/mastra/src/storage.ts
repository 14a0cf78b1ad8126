import { MastraCompositeStore } from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import { HoldfastMemory } from "./memory.ts";
import { HoldfastScores } from "./scores.ts";
import { HoldfastWorkflows } from "./workflows.ts";

/** The options of a storage. */
export interface HoldfastStorageOptions {
  /** Mastra's name for this storage: "holdfast" by default. */
  readonly id?: string;
}

/**
 * Mastra's storage on an open store, or in one of its transactions: the workflow runs, the memory (threads, messages, resources) and the
 * scores. Compose it with another storage of Mastra's for the other domains.
 */
export class HoldfastStorage extends MastraCompositeStore {
  constructor(place: Store | Transaction, { id = "holdfast" }: HoldfastStorageOptions = {}) {
    // Opening the store has created the schema.
    super({ id, name: "HoldfastStorage", disableInit: true });
    this.stores = {
      workflows: new HoldfastWorkflows(place),
      memory: new HoldfastMemory(place),
      scores: new HoldfastScores(place),
    };
  }
}
