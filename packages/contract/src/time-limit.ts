/** Ends a wait: after a time, or a while after a signal. */
export interface TimeLimit {
  /** Resolves with the reason, once there is one. */
  readonly reached: Promise<"timeout" | "stopped">;
  /** Lets go of the timers and the signal. */
  clear(): void;
}

/** The time for one wait. `graceMs` is how long it may go on after the signal. */
export interface TimeLimitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly graceMs?: number;
}

/** Starts a time limit. */
export function timeLimit({ timeoutMs, signal, graceMs = 0 }: TimeLimitOptions): TimeLimit {
  const timers: NodeJS.Timeout[] = [];
  let onAbort = (): void => undefined;
  const reached = new Promise<"timeout" | "stopped">((resolve) => {
    timers.push(setTimeout(() => resolve("timeout"), timeoutMs));
    onAbort = () => void timers.push(setTimeout(() => resolve("stopped"), graceMs));
  });
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    reached,
    clear: () => {
      signal?.removeEventListener("abort", onAbort);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
