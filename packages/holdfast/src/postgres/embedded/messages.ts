import type { Durability } from "../connection/connection-options.ts";
import type { CompiledPostgres } from "./postgres-module.ts";

/** The worker's initial settings. */
export interface WorkerSettings {
  readonly folder: string | null;
  /** The folder holds no database yet: the prepared image is unpacked into it. */
  readonly isNew: boolean;
  readonly durability: Durability | "none";
  /** Compiled once in this process and shared: a second database starts without compiling again. */
  readonly postgres: CompiledPostgres;
  readonly counters: SharedArrayBuffer;
}

/** From the caller's thread to the worker. */
export type ToWorker =
  | { readonly kind: "exchange"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "close" };

/** From the worker to the caller's thread. */
export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "reply"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "closed" }
  | { readonly kind: "failed"; readonly reason: string };

/** Places in the shared counters. */
export const COUNTER: { readonly fsyncs: 0; readonly checkpoints: 1 } = { fsyncs: 0, checkpoints: 1 };
