const names = ["SIGINT", "SIGTERM"] as const;

/** A signal that is aborted by Ctrl-C or a request to terminate. A second one ends the process at once. */
export function interruptionSignal(onInterrupted: (name: string) => void): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    for (const each of names) process.off(each, stop);
    onInterrupted(name);
    controller.abort();
  };
  for (const name of names) process.on(name, stop);
  return controller.signal;
}
