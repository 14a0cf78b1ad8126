import { UnavailableError } from "../errors.ts";
import type { Connection } from "./database.ts";
import { checkInteger, invalid } from "./input.ts";

/** When a caller gives up: at a signal, or when one call takes too long. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** How long one call may take in all: waiting for a connection, and running. */
  readonly timeoutMs?: number | undefined;
}

/** A signal that may be left out. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw invalid("signal", "is not an AbortSignal: give the `signal` of an AbortController");
}

/** How long the database has to end what was aborted, before its session is given up. */
const graceMs = 1000;

/**
 * Makes one call with a signal that tells when to give it up.
 *
 * @throws the signal's reason, or UnavailableError when the time is up, without a call where the signal was aborted before.
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
    const message = `The call took longer than timeoutMs (${timeoutMs}), and whether it took effect is unknown: give it more time.`;
    late.abort(new UnavailableError(message, { facts: { field: "timeoutMs", timeoutMs, outcome: "unknown" } }));
  }, timeoutMs);
  try {
    return await call(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for something that cannot be stopped, or for the signal, whose reason it then throws; `late` gets what comes too late. */
export function orAborted<T>(
  signal: AbortSignal | undefined,
  promise: Promise<T>,
  late: (value: T) => void,
): Promise<T> {
  // Every call comes through here, and few have a signal: they are spared a promise around theirs.
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
 * Runs `work` on a connection; at the signal the database is asked to end it, and has a moment to do so. What is done all the
 * same counts; otherwise the signal's reason is thrown. `work` gets a function that says that from now on, while it commits,
 * nothing may be ended any more.
 */
export async function runAbortably<T>(
  signal: AbortSignal | undefined,
  connection: Connection,
  work: (holdOff: () => void) => Promise<T>,
): Promise<T> {
  if (!signal) return work(() => undefined);
  let isHeldOff = false;
  let timer: NodeJS.Timeout | undefined;
  const aborted = whenAborted(signal);
  const givenUp = aborted.promise.catch(
    (reason: unknown) =>
      new Promise<never>((_resolve, reject) => {
        if (isHeldOff) return;
        void connection.cancel();
        timer = setTimeout(() => reject(reason as Error), graceMs);
      }),
  );
  givenUp.catch(() => undefined);
  try {
    return await Promise.race([work(() => (isHeldOff = true)), givenUp]);
  } catch (error) {
    throw signal.aborted && !isHeldOff ? signal.reason : error;
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
