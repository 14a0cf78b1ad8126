import { Presets, SingleBar } from "cli-progress";
import type { CaseResult } from "../results.ts";
import { selectCases, titleOf } from "../select-cases.ts";
import { countOutcomes, secondsOf } from "./report.ts";

/** Shows how far a run is, on the standard error. */
export interface Progress {
  add(result: CaseResult): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere a line for each subject that is done, and for each failure at once. */
export function showProgress(only: string | undefined): Progress {
  return process.stderr.isTTY ? bar(selectCases(only).length) : lines(only);
}

function bar(total: number): Progress {
  const drawn = new SingleBar(
    {
      format: "{bar} {percentage}% | {value}/{total} cases | {failed} failed | {duration_formatted}",
      stream: process.stderr,
      hideCursor: true,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  let failed = 0;
  drawn.start(total, 0, { failed });
  return {
    add: ({ outcome }) => {
      if (outcome === "failed") failed += 1;
      drawn.increment(1, { failed });
    },
    stop: () => drawn.stop(),
  };
}

function lines(only: string | undefined): Progress {
  const results: CaseResult[] = [];
  const cases = selectCases(only);
  return {
    add: (result) => {
      if (result.outcome === "failed") console.error(`FAILED ${titleOf(result)}`);
      results.push(result);
      const { subject } = result;
      const done = results.filter((each) => each.subject === subject);
      if (done.length < cases.filter((each) => each.subject === subject).length) return;
      const { passed, failed, skipped } = countOutcomes(done);
      const took = secondsOf(done.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0));
      console.error(`${subject}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${took} s`);
    },
    stop: () => undefined,
  };
}
