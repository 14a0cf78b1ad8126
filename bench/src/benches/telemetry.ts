import type { Bench, Contender } from "../bench.ts";
import { callersName, type Load, underLoad } from "../load.ts";
import { type Tracing, withSdk } from "../open-telemetry.ts";
import { payload } from "../payload.ts";
import { holdfastDrain } from "../peers/holdfast-jobs.ts";
import { type Release, today } from "../peers/release.ts";
import { withoutOpenTelemetry } from "../peers/without-open-telemetry.ts";

const settings: readonly Tracing[] = ["no span sampled", "every span sampled", "every span sampled, and metrics"];

/** What OpenTelemetry costs an application that uses it, beside one without an SDK, and one without the API. */
export const telemetry: Bench = {
  name: "telemetry",
  measures:
    "One job is pushed a call, or a worker drains a queue of jobs that do nothing: without an OpenTelemetry SDK, and with one that samples no " +
    "span, every span, or every span and metrics. Pushes also run where OpenTelemetry's API cannot be imported, which should take the same " +
    "processor time as without an SDK. Spans go to a batch processor, whose exporter counts them and drops them.",
  unit: "jobs",
  cases: (size) => [
    ...[1, 50].map((callers) => ({
      name: `push, ${callersName(callers)}`,
      contenders: [pushing({ callers, size }, withoutOpenTelemetry), ...observed(pushing({ callers, size }))],
    })),
    {
      name: `drain of ${size.jobs.toLocaleString("en-US")} jobs`,
      contenders: observed(holdfastDrain(size.jobs, { concurrency: 24 })),
    },
  ],
};

function observed(contender: Contender): readonly Contender[] {
  // Each push is a span, and so is each handler.
  return [{ ...contender, isOurs: false }, ...settings.map((tracing) => withSdk(contender, tracing))];
}

function pushing(load: Load, release: Release = today): Contender {
  return underLoad(release, load, async ({ url }) => {
    const { openStore } = await release.load();
    const store = await openStore({ url });
    const { jobs, queues } = store;
    return {
      call: (i) => jobs.push({ queue: "traced", payload: payload(i) }),
      check: async (calls) => {
        const { ready } = await queues.counts("traced");
        if (ready !== calls) throw new Error(`There are ${ready} jobs instead of ${calls}.`);
      },
      close: () => store.close(),
    };
  });
}
