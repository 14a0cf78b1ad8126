import { InvalidInputError } from "holdfast";
import { runLanes } from "./lanes.ts";
import type { ContractPlace } from "./open-contract.ts";
import type { CaseResult, ContractReport } from "./results.ts";
import { type RunSchema, type RunSchemas, runSchemas } from "./schemas.ts";
import { selectCases } from "./select-cases.ts";

/** Which cases run, how, and who hears of them. */
export interface RunOptions {
  /** Runs the cases whose title contains this text, as {@link selectCases} does; all by default. */
  readonly only?: string | undefined;
  /** How many cases run at once, each in a schema of its own; 1 by default, at most 32. An embedded database and a single client take one. */
  readonly concurrency?: number | undefined;
  /** A case that takes longer has failed; 60,000 by default. */
  readonly caseTimeoutMs?: number | undefined;
  /** Once it is aborted, no further case begins. Those under way have 10 seconds to end. */
  readonly signal?: AbortSignal | undefined;
  /** Whether the schemas stay, for a look at them; false by default. */
  readonly keep?: boolean | undefined;
  /** Called with each result, in the order in which the cases end. */
  readonly onResult?: ((result: CaseResult) => void) | undefined;
}

/** Where and how to run the contract. */
export type RunContractOptions = ContractPlace & RunOptions;

/** Options that name one session: schemas on it would follow each other. */
const singleSession = ["memory", "folder", "pglite", "client"];

/**
 * Runs cases of the contract on a database. It makes the schemas that it works in, and removes them at the end.
 *
 * ```ts
 * import { runContract } from "@holdfast/contract";
 *
 * const { results } = await runContract({ url: "postgres://localhost/test", only: "jobs" });
 * console.log(results.filter(({ outcome }) => outcome === "failed"));
 * ```
 *
 * @throws InvalidInputError for options that are wrong, such as a text that no title contains. @throws UnavailableError when the database
 * cannot be reached. @throws SchemaError when the role may not make a schema.
 */
export async function runContract(options: RunContractOptions): Promise<ContractReport> {
  const { only, concurrency = 1, caseTimeoutMs = 60_000, signal, keep = false, onResult, ...place } = options;
  const lanesMax = singleSession.some((key) => key in place) ? 1 : 32;
  checkCount(concurrency, { field: "concurrency", max: lanesMax });
  checkCount(caseTimeoutMs, { field: "caseTimeoutMs", max: 2 ** 31 - 1 });
  const cases = selectCases(only);
  if (cases.length === 0) throw invalid("only", `(${only}) is in no title: see them with selectCases()`);
  const startedAt = performance.now();
  const schemas = runSchemas(place);
  let finished;
  let leftSchemas;
  try {
    const lanes = await makeAll(schemas, Math.min(concurrency, cases.length));
    const { results, stopped } = await runLanes(cases, lanes, { schemas, caseTimeoutMs, signal, onResult });
    finished = { serverVersion: lanes[0]?.serverVersion ?? "", results, stopped };
  } finally {
    leftSchemas = await schemas.end({ keep });
  }
  return { ...finished, elapsedMs: performance.now() - startedAt, leftSchemas };
}

async function makeAll(schemas: RunSchemas, count: number): Promise<readonly RunSchema[]> {
  // All of them are there, or have failed, before any is removed.
  const made = await Promise.allSettled(Array.from({ length: count }, () => schemas.make()));
  return made.map((schema) => {
    if (schema.status === "rejected") throw schema.reason;
    return schema.value;
  });
}

function checkCount(value: number, { field, max }: { readonly field: string; readonly max: number }): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw invalid(field, `must be a whole number from 1 to ${max}`);
}

function invalid(field: string, problem: string): InvalidInputError {
  return new InvalidInputError(`${field} ${problem}.`, { facts: { field } });
}
