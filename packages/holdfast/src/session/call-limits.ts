import { HoldfastError, UnavailableError } from "../core/errors.ts";
import { checkInteger, invalid } from "../core/input.ts";
import type { Connection } from "../postgres/database.ts";
import { isConnectionLost } from "../postgres/failures.ts";

/** When a caller gives up: at a signal, or when one call takes too long. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** How long one call may take in total: waiting for a connection, running, and committing. */
  readonly timeoutMs?: number | undefined;
}

/** Checks an optional signal. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw invalid("signal", "is not an AbortSignal: give the `signal` of an AbortController");
}

/** How long a call waits after its end to learn its outcome. Then the connection is given up. */
export const graceMs = 1000;

/**
 * Makes one call with a signal that says when to give it up.
 *
 * @throws the signal's reason, or an UnavailableError when the time is over. If the signal was aborted before, no call is made. Both mean
 * that nothing took effect. If that is uncertain, `unknownAfter` is thrown instead.
 */
export async function callWithin<T>(
  { signal, timeoutMs }: CallLimits,
  call: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  if (timeoutMs === undefined) return call(signal);
  checkInteger(timeoutMs, "timeoutMs", { min: 1, max: 2 ** 31 - 1 });
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `The call took longer than timeoutMs (${timeoutMs}), and nothing of it took effect: give it more time.`;
    late.abort(new UnavailableError(message, { facts: { field: "timeoutMs", timeoutMs, outcome: "rolled back" } }));
  }, timeoutMs);
  try {
    return await call(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The error of a call that was given up during a write that may have taken effect, or still may. */
export function unknownAfter(reason: unknown): UnavailableError {
  const facts = reason instanceof HoldfastError ? reason.facts : {};
  return new UnavailableError(
    "The call was given up before the database's answer came, and whether it took effect is unknown: read before making it again.",
    { cause: reason, facts: { ...facts, outcome: "unknown" } },
  );
}

/** The error for a caller who gave up and whose call failed anyway: its reason, or that its outcome is unknown. */
export function failureAfter(reason: unknown, error: unknown): unknown {
  if (error === reason) return reason;
  return isConnectionLost(error) ? unknownAfter(reason) : reason;
}

/** Waits for something that cannot be stopped, or for the signal, whose reason it then throws; `late` receives a late result. */
export function orAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
  late: (value: T) => void,
): Promise<T> {
  return signal ? unlessAborted(signal, promise, late) : promise;
}

async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>, late: (value: T) => void): Promise<T> {
  const aborted = whenAborted(signal);
  try {
    return await Promise.race([promise, aborted.promise]);
  } catch (error) {
    promise.then(late, () => undefined);
    throw error;
  } finally {
    aborted.forget();
  }
}

/**
 * The stage of a call. "undoable": its effects end with its connection. "sent": it may take effect without another message from us.
 * "committing": it must not be ended any more.
 */
export type Stage = "undoable" | "sent" | "committing";

/**
 * Runs `work` on a connection. At the signal the database is asked to end it, and has a moment to do so. If it finishes anyway, that
 * counts; otherwise the signal's reason is thrown, or `unknownAfter`. `work` receives a function that reports its stage.
 */
export async function runAbortably<T>(
  signal: AbortSignal,
  connection: Connection,
  work: (enter: (stage: Stage) => void) => Promise<T>,
): Promise<T> {
  let stage: Stage = "undoable";
  let isGivenUp = false;
  let timer: NodeJS.Timeout | undefined;
  const aborted = whenAborted(signal);
  const givenUp = aborted.promise.catch(
    () =>
      new Promise<never>((_resolve, reject) => {
        // A server that is told to end a COMMIT may do so after it was done.
        if (stage !== "committing") void connection.cancel();
        timer = setTimeout(() => {
          isGivenUp = true;
          reject(new Error("The call was given up"));
        }, graceMs);
      }),
  );
  givenUp.catch(() => undefined);
  try {
    return await Promise.race([work((next) => (stage = next)), givenUp]);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (stage === "undoable") throw signal.reason;
    if (isGivenUp) throw unknownAfter(signal.reason);
    throw stage === "committing" && !isConnectionLost(error) ? error : failureAfter(signal.reason, error);
  } finally {
    aborted.forget();
    clearTimeout(timer);
  }
}

function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; forget(): void } {
  let listener = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    listener = () => reject(signal.reason as Error);
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener("abort", listener) };
}
