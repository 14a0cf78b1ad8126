/** Which of the claims of a heartbeat are held. */
export function areHeld(until: readonly (Date | null)[]): readonly boolean[] {
  return until.map((moment) => moment !== null);
}
