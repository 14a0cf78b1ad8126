export { HoldfastBackend, type HoldfastBackendOptions } from "./backend.ts";
