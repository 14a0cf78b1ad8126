/** The queue of the executions that are the actors of a machine. */
export function queueOf(machine: string): string {
  return `xstate.${machine}`;
}
