export { HoldfastWorkflowStore } from "./store.ts";
