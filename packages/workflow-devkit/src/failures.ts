import { ConflictError, HoldfastError, NotFoundError } from "holdfast";

/** What a refusal of the store concerns: the run itself, or one of its parts. */
export type Refusal = "run missing" | "run over" | "part missing" | "part over" | "part changed" | "part exists";

/** What a refusal of the store means for a run; null for any other error. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof HoldfastError)) return null;
  const isRun = error.facts["entity"] === "execution";
  if (error instanceof NotFoundError) return isRun ? "run missing" : "part missing";
  if (!(error instanceof ConflictError)) return null;
  if (isRun) return error.reason === "version" ? "part changed" : "run over";
  if (error.reason !== "version") return "part over";
  return error.facts["expected"] === 0 ? "part exists" : "part changed";
}

/** Gives refusals of the store in the engine's words, and other errors as they are. */
export async function orRefused<T>(call: Promise<T>, words: Partial<Record<Refusal, () => Error>>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const refusal = refusalOf(error);
    const inWords = refusal && words[refusal]?.();
    throw inWords ? Object.assign(inWords, { cause: error }) : error;
  }
}
