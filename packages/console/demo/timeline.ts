import type { TestClock } from "holdfast/testing";

/** Something that happens in the demo, so long after its beginning. */
export interface Happening {
  readonly atMs: number;
  readonly run: () => Promise<unknown>;
}

/** Numbers that look random, and are the same in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** How long a play is, and how finely it follows the times. */
export interface PlayOptions {
  readonly lengthMs: number;
  /** Happenings within so long share one time: each move of the clock makes the server plan its statements anew. */
  readonly stepMs: number;
}

/**
 * Plays happenings in the order of their times, with the store's clock at each. The last `lengthMs` before now are played, so the clock
 * first goes back, and ends at real time.
 */
export async function play(
  happenings: readonly Happening[],
  clock: TestClock,
  { lengthMs, stepMs }: PlayOptions,
): Promise<void> {
  let nowMs = -lengthMs;
  await clock.advance(nowMs);
  for (const { atMs, run } of happenings.toSorted((a, b) => a.atMs - b.atMs)) {
    const toMs = Math.min(Math.floor(atMs / stepMs) * stepMs - lengthMs, 0);
    if (toMs > nowMs) await clock.advance(toMs - nowMs);
    nowMs = Math.max(toMs, nowMs);
    await run();
  }
  await clock.reset();
}
