export { HoldfastSaver, type PruneOptions, type SaverOptions } from "./saver.ts";
export { HoldfastStore, type HoldfastStoreOptions } from "./store.ts";
export type { TextEmbeddings, VectorIndex } from "./vectors/vectors.ts";
