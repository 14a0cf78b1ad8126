import { UnavailableError } from "holdfast";
import type { TestStore } from "holdfast/testing";
import type { ContractCase } from "./case.ts";
import type { CaseResult, ContractReport } from "./results.ts";
import type { RunSchema, RunSchemas } from "./schemas.ts";
import type { SubjectCase } from "./select-cases.ts";
import { timeLimit } from "./time-limit.ts";

/** After the signal, how long a case that has begun may go on. */
const graceMs = 10_000;

/** What lanes work with. */
export interface LaneParts {
  readonly schemas: RunSchemas;
  readonly caseTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onResult: ((result: CaseResult) => void) | undefined;
}

/** What lanes have found out. */
type Finished = Pick<ContractReport, "results" | "stopped">;

/** How a case ended, or why it did not begin. */
type Ending = Pick<CaseResult, "outcome" | "error" | "reason"> & { readonly stops?: Finished["stopped"] };

const passed: Ending = { outcome: "passed", error: null, reason: null };
const stoppedBySignal: Ending = { outcome: "skipped", error: null, reason: "the run was stopped", stops: "signal" };

/** Runs cases in lanes, one for each schema. A lane takes the next case when its last one has ended. */
export async function runLanes(
  cases: readonly SubjectCase[],
  schemas: readonly RunSchema[],
  parts: LaneParts,
): Promise<Finished> {
  const results: CaseResult[] = [];
  // All lanes take from one iterator.
  const waiting = cases.entries();
  let stop: Ending | null = null;
  const work = async (lane: Lane): Promise<void> => {
    for (const [i, contractCase] of waiting) {
      const startedAt = performance.now();
      if (parts.signal?.aborted) stop ??= stoppedBySignal;
      const { stops, ...ending } = stop ?? (await lane.run(contractCase));
      if (stops) stop ??= { ...ending, stops };
      const { subject, name } = contractCase;
      const result = { subject, name, ...ending, elapsedMs: performance.now() - startedAt };
      results[i] = result;
      parts.onResult?.(result);
    }
  };
  await Promise.all(schemas.map((schema) => work(new Lane(schema, parts))));
  return { results, stopped: (stop as Ending | null)?.stops ?? null };
}

class Lane {
  readonly #parts: LaneParts;
  #schema: RunSchema | null;

  constructor(schema: RunSchema, parts: LaneParts) {
    this.#schema = schema;
    this.#parts = parts;
  }

  async run(contractCase: ContractCase): Promise<Ending> {
    const { schemas, caseTimeoutMs, signal } = this.#parts;
    const limit = timeLimit({ timeoutMs: caseTimeoutMs, signal, graceMs });
    try {
      const open = async (): Promise<TestStore> => {
        this.#schema ??= await schemas.make();
        return this.#schema.open();
      };
      const ending = await Promise.race([runOnEmpty(open, contractCase), limit.reached]);
      if (typeof ending === "object") return ending;
      // The case may write for a while yet: the next one gets another schema.
      this.#schema = null;
      return ending === "stopped" ? stoppedBySignal : tookTooLong(caseTimeoutMs);
    } finally {
      limit.clear();
    }
  }
}

async function runOnEmpty(open: () => Promise<TestStore>, contractCase: ContractCase): Promise<Ending> {
  let opened: TestStore;
  try {
    opened = await open();
  } catch (error) {
    return error instanceof UnavailableError ? lost(error) : failed(error);
  }
  try {
    await contractCase.run(opened);
    await opened.close();
    return passed;
  } catch (error) {
    // What the case threw says more than what comes of it.
    await opened.close().catch(() => undefined);
    return failed(error);
  }
}

function failed(error: unknown): Ending {
  return { outcome: "failed", error, reason: null };
}

function tookTooLong(caseTimeoutMs: number): Ending {
  return failed(new Error(`The case did not end within ${caseTimeoutMs / 1000} s.`));
}

function lost({ message }: UnavailableError): Ending {
  return { outcome: "skipped", error: null, reason: message, stops: "unavailable" };
}
