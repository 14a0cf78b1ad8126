export { HoldfastMemory } from "./memory.ts";
export { HoldfastObservability } from "./observability.ts";
export { HoldfastScores } from "./scores.ts";
export { HoldfastStorage, type HoldfastStorageOptions } from "./storage.ts";
export { HoldfastWorkflows } from "./workflows.ts";
