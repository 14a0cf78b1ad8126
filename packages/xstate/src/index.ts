export { type ActorInput, type ActorRecord, HoldfastActors, type SendOptions } from "./actors.ts";
export type { Machine, Machines } from "./machines.ts";
export { type ActorWorkerOptions, startActors } from "./worker.ts";
