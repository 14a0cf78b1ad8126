import { MastraCompositeStore, type RetentionConfig } from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import type { DomainOptions } from "./document.ts";
import { HoldfastMemory } from "./memory.ts";
import { HoldfastObservability } from "./observability.ts";
import { HoldfastSchedules } from "./schedules.ts";
import { HoldfastScores } from "./scores.ts";
import { HoldfastThreadState } from "./thread-states.ts";
import { HoldfastWorkflows } from "./workflows.ts";

/** The options of a storage. */
export interface HoldfastStorageOptions extends DomainOptions {
  /** Mastra's name for this storage: "holdfast" by default. */
  readonly id?: string;
  /** How long records are kept: what `storage.prune()` removes. Nothing by default. */
  readonly retention?: RetentionConfig;
}

/**
 * Mastra's storage on an open store, or in one of its transactions. It has the runs of workflows, the memory, the scores, the
 * observability, the state of threads, and the schedules. Compose it with another storage of Mastra's for the other domains.
 */
export class HoldfastStorage extends MastraCompositeStore {
  constructor(place: Store | Transaction, { id = "holdfast", retention, ...options }: HoldfastStorageOptions = {}) {
    // Opening the store has created the schema.
    super({ id, name: "HoldfastStorage", disableInit: true, ...(retention && { retention }) });
    this.stores = {
      workflows: new HoldfastWorkflows(place),
      memory: new HoldfastMemory(place, options),
      scores: new HoldfastScores(place, options),
      observability: new HoldfastObservability(place, options),
      threadState: new HoldfastThreadState(place, options),
      schedules: new HoldfastSchedules(place, options),
    };
  }
}
