export type { Deliver } from "./delivery.ts";
export type { HoldfastWorldOptions } from "./options.ts";
export { createWorld, type HoldfastWorld } from "./world.ts";
