/** A person or a machine asked the command to stop before it was done. */
export class Interruption extends Error {}

/** Tells the person how to resume a stopped command. */
export interface InterruptionAdvice {
  readonly advice: string;
}

const names = ["SIGINT", "SIGTERM"] as const;

/** A signal that is aborted with an Interruption at Ctrl-C or at a request to terminate; a second one ends the process at once. */
export function interruptionSignal({ advice }: InterruptionAdvice): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    for (const each of names) process.off(each, stop);
    controller.abort(new Interruption(`stopped by ${name}: ${advice}`));
  };
  for (const name of names) process.on(name, stop);
  return controller.signal;
}
