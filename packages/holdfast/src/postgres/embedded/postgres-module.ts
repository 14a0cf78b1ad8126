import { readFile } from "node:fs/promises";

/** A compiled WebAssembly module, which can only be passed on. */
export type CompiledPostgres = object;

/** Node.js has it, but its types come only with those of a browser. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<CompiledPostgres> };

let compiled: Promise<CompiledPostgres> | null = null;

/**
 * PGlite's PostgreSQL, compiled once in this process and shared by the threads of all its databases. Compiling takes most of a second,
 * and V8 does it on other threads than the caller's.
 */
export function postgresModule(wasm: URL): Promise<CompiledPostgres> {
  compiled ??= readFile(wasm).then((bytes) => WebAssembly.compile(bytes));
  return compiled;
}
