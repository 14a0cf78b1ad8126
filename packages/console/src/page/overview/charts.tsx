import { lazy, type ReactNode, Suspense, useMemo } from "react";
import type { Sample } from "../../protocol/index.ts";
import type { Series } from "../charts/time-chart.tsx";
import { formatCount, formatDuration, formatRate } from "../parts/format.ts";
import { Loading } from "../parts/states.tsx";

const TimeChart = lazy(() => import("../charts/time-chart.tsx").then((module) => ({ default: module.TimeChart })));

type Pick = (sample: Sample) => number | null | undefined;

const line = (samples: readonly Sample[], name: string, tone: string, value: Pick): Series => ({
  name,
  tone,
  values: samples.map((sample) => value(sample) ?? null),
});

/** A number of the period as a rate a second. */
const perSecond =
  (value: Pick): Pick =>
  (sample) => {
    const count = value(sample);
    return sample.sinceMs === null || count === null || count === undefined ? null : (count * 1000) / sample.sinceMs;
  };

const throughput = (samples: readonly Sample[]): readonly Series[] => [
  {
    ...line(
      samples,
      "jobs",
      "succeeded",
      perSecond(({ jobPace }) => jobPace?.succeeded),
    ),
    isFilled: true,
  },
  line(
    samples,
    "executions",
    "running",
    perSecond(({ executionPace }) => executionPace?.succeeded),
  ),
  {
    ...line(
      samples,
      "created",
      "waiting",
      perSecond(({ executionPace }) => executionPace?.created),
    ),
    isDashed: true,
  },
];

const latency = (samples: readonly Sample[]): readonly Series[] => [
  { ...line(samples, "wait p95", "paused", ({ jobPace }) => jobPace?.waitMs?.p95), isDashed: true },
  line(samples, "wait p50", "paused", ({ jobPace }) => jobPace?.waitMs?.p50),
  { ...line(samples, "run p95", "running", ({ jobPace }) => jobPace?.runMs?.p95), isDashed: true },
  line(samples, "run p50", "running", ({ jobPace }) => jobPace?.runMs?.p50),
];

const depth = (samples: readonly Sample[]): readonly Series[] => [
  { ...line(samples, "ready", "waiting", ({ jobs }) => jobs.ready), isFilled: true },
  line(samples, "running", "running", ({ jobs }) => jobs.running),
  { ...line(samples, "scheduled", "paused", ({ jobs }) => jobs.scheduled), isDashed: true },
  { ...line(samples, "blocked", "pending", ({ jobs }) => jobs.blocked), isDashed: true },
];

const failures = (samples: readonly Sample[]): readonly Series[] => [
  { ...line(samples, "dead jobs", "failed", ({ jobPace }) => jobPace?.dead), isFilled: true },
  line(samples, "failed executions", "timed_out", ({ executionPace }) =>
    executionPace ? executionPace.failed + executionPace.timed_out : null,
  ),
];

// Up to a top of four, all marks of an axis are whole numbers.
const CHARTS = [
  { title: "Throughput, a second", seriesOf: throughput, format: formatRate, leastTop: 1 },
  { title: "Latency of jobs", seriesOf: latency, format: formatDuration, leastTop: 4 },
  { title: "Depth of queues", seriesOf: depth, format: formatCount, leastTop: 4 },
  { title: "Failures", seriesOf: failures, format: formatCount, leastTop: 4 },
] as const;

/** The last minutes of the store in four charts, growing as samples come. */
export function OverviewCharts({ samples }: { readonly samples: readonly Sample[] }): ReactNode {
  const times = useMemo(() => samples.map(({ at }) => Date.parse(at) / 1000), [samples]);
  const lines = useMemo(() => CHARTS.map(({ seriesOf }) => seriesOf(samples)), [samples]);
  return (
    <div className="grid-2">
      {CHARTS.map(({ title, format, leastTop }, index) => (
        <div key={title} className="panel chart-panel">
          <Suspense fallback={<Loading label={title} lines={4} />}>
            <TimeChart title={title} times={times} series={lines[index] ?? []} format={format} leastTop={leastTop} />
          </Suspense>
        </div>
      ))}
    </div>
  );
}
