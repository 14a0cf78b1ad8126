import { setTimeout as sleep } from "node:timers/promises";

/** A promise and what resolves it. */
export function withResolvers<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, resolve: settle };
}

/** The time limit, in milliseconds, of a test that starts many processes: on a busy machine each takes seconds to begin. */
export const processesTimeoutMs = 240_000;

/** Waits until a condition holds; the test's own time limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
