// Stores for engines that are written against the interface of another one.
export { type AnyMessage, type DurableState, stateStore, type StateStore, stateStoreOn } from "./state-store.ts";
export { workflowStore, type WorkflowStore } from "./workflow-store.ts";
