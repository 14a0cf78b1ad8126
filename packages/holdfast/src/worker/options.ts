import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger, invalid } from "../core/input.ts";
import { describeError, quietly } from "../core/thrown.ts";

/** Wraps the user's `onError`: its own errors are dropped. Without one, the first error is a process warning. */
export function checkOnError<Item>(
  onError: ((error: unknown, item: Item | null) => void) | undefined,
  what: "worker" | "timer pump" | "scheduler",
): (error: unknown, item: Item | null) => void {
  if (onError === undefined) return warnOnce(what);
  if (typeof onError !== "function") throw invalid("onError", "must be a function");
  return (error, item) => quietly(onError, error, item);
}

function warnOnce(what: string): (error: unknown) => void {
  let isWarned = false;
  return (error) => {
    if (isWarned) return;
    isWarned = true;
    const { name, message, stack = `${name}: ${message}` } = describeError(error);
    process.emitWarning(`A ${what} has no onError to hear of what goes wrong. This is said once, of the first.`, {
      type: "HoldfastWarning",
      detail: stack,
    });
  };
}

/** Options of `stop`. */
export interface StopOptions {
  /** The grace period of running handlers in milliseconds; 30,000 by default. */
  readonly graceMs?: number;
}

const stopOptions: Fields<StopOptions> = fieldsOf<StopOptions>({ graceMs: true });

/** Checks the grace period. */
export function checkGraceMs(options: StopOptions | undefined): number {
  const { graceMs = 30_000 } = stopOptions.readOptional(options, "options");
  return checkInteger(graceMs, "graceMs", { min: 0, max: 2 ** 31 - 1 });
}

/** Resolves when the running work has ended, or after the given time. */
export async function settleWithin(running: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([running, over]);
  clearTimeout(timer);
}
