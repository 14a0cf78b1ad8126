export { HoldfastMemory } from "./memory.ts";
export { HoldfastObservability } from "./observability.ts";
export { HoldfastSchedules } from "./schedules.ts";
export { HoldfastScores } from "./scores.ts";
export { HoldfastStorage, type HoldfastStorageOptions } from "./storage.ts";
export { HoldfastThreadState } from "./thread-states.ts";
export { HoldfastWorkflows } from "./workflows.ts";
