// Stores for engines that expect another store's interface.
export { type AnyMessage, type DurableState, stateStore, type StateStore, stateStoreOn } from "./state-store.ts";
export { workflowStore, type WorkflowStore } from "./workflow-store.ts";
