/**
 * Calls a callback of the user's. What it throws, or rejects with, is dropped: it must end neither the work that tells of
 * something nor the process.
 */
export function quietly<A extends readonly unknown[]>(callback: (...args: A) => unknown, ...args: A): void {
  try {
    Promise.resolve(callback(...args)).catch(() => undefined);
  } catch {
    // Of a callback that reports, there is nowhere left to report it.
  }
}
