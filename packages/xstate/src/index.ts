export { type ActorInput, type ActorQuery, type ActorRecord, HoldfastActors, type SendOptions } from "./actors.ts";
export type { Machine, Machines, PersistedSnapshot } from "./machines.ts";
export { type ActorWorkerOptions, startActors } from "./worker.ts";
