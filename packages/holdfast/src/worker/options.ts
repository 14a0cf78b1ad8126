import { describeError } from "../database/describe-error.ts";
import { type Fields, fieldsOf } from "../database/fields.ts";
import { checkInteger, invalid } from "../database/input.ts";
import { quietly } from "../database/quietly.ts";

/** The user's `onError`, made safe to call: what it throws is dropped. Where there is none, the first error is a warning of the process. */
export function checkOnError<Item>(
  onError: ((error: unknown, item: Item | null) => void) | undefined,
  what: "worker" | "timer pump" | "scheduler",
): (error: unknown, item: Item | null) => void {
  if (onError === undefined) return warnOnce(what);
  if (typeof onError !== "function") throw invalid("onError", "must be a function");
  return (error, item) => quietly(onError, error, item);
}

function warnOnce(what: string): (error: unknown) => void {
  let isSaid = false;
  return (error) => {
    if (isSaid) return;
    isSaid = true;
    const { name, message, stack = `${name}: ${message}` } = describeError(error);
    process.emitWarning(`A ${what} has no onError to hear of what goes wrong. This is said once, of the first.`, {
      type: "HoldfastWarning",
      detail: stack,
    });
  };
}

/** How `stop` stops. */
export interface StopOptions {
  /** How long the running handlers may still take, in milliseconds; 30,000 by default. */
  readonly graceMs?: number;
}

const stopOptions: Fields<StopOptions> = fieldsOf<StopOptions>({ graceMs: true });

/** The time of grace, checked. */
export function checkGraceMs(options: StopOptions | undefined): number {
  const { graceMs = 30_000 } = stopOptions.readOptional(options, "options");
  return checkInteger(graceMs, "graceMs", { min: 0, max: 2 ** 31 - 1 });
}

/** Resolves when what runs has ended, or when the time is over. */
export async function settleWithin(running: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([running, over]);
  clearTimeout(timer);
}
