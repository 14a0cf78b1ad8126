import { randomBytes } from "node:crypto";
import { testSchema, type TestSchema } from "holdfast/testing";
import type { ContractPlace } from "./open-contract.ts";
import { timeLimit } from "./time-limit.ts";

/** How long it may take to remove a schema and to close its connections. */
const endMs = 30_000;

/** A schema of a run, open. */
export interface RunSchema extends TestSchema {
  readonly name: string;
}

/** A schema that a run has left behind, and why. */
export interface LeftSchema {
  readonly name: string;
  /** null where it was meant to stay. */
  readonly error: unknown;
}

/** The schemas of one run: made by it, and removed by it. */
export interface RunSchemas {
  make(): Promise<RunSchema>;
  /** Closes all of them, and removes them unless they are to stay. Returns what is left. */
  end(options: { readonly keep: boolean }): Promise<readonly LeftSchema[]>;
}

/** Schemas that nobody else has: their names begin with "holdfast_contract_", the day and a random number. */
export function runSchemas(place: ContractPlace): RunSchemas {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const prefix = `holdfast_contract_${day}_${randomBytes(4).toString("hex")}`;
  const made: { readonly name: string; readonly schema: Promise<RunSchema> }[] = [];
  return {
    make: () => {
      const name = `${prefix}_${made.length + 1}`;
      // Cases of retention expect the periods that a store has by default.
      const parts = { blobs: { backend: "postgres" }, ...place, schema: name, fresh: true, retention: {} } as const;
      const schema = testSchema(parts).then((opened) => ({ name, ...opened }));
      made.push({ name, schema });
      return schema;
    },
    // A schema that is still being made, for a case that was given up, is waited for.
    end: async ({ keep }) => {
      const left = await Promise.all(made.map(({ name, schema }) => endOne(name, schema, { keep })));
      return left.flat();
    },
  };
}

async function endOne(
  name: string,
  making: Promise<RunSchema>,
  { keep }: { readonly keep: boolean },
): Promise<readonly LeftSchema[]> {
  const schema = await making.catch(() => null);
  if (schema === null) return [];
  try {
    await within(endMs, keep ? schema.close() : schema.drop());
    return keep ? [{ name, error: null }] : [];
  } catch (error) {
    return [{ name, error }];
  }
}

async function within(timeoutMs: number, promise: Promise<void>): Promise<void> {
  const limit = timeLimit({ timeoutMs });
  try {
    const reached = await Promise.race([promise, limit.reached]);
    if (reached !== undefined) throw new Error(`Its connections did not close within ${timeoutMs / 1000} s.`);
  } finally {
    limit.clear();
  }
}
