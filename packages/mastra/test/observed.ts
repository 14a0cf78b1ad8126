import type { ObservabilityStorage } from "@mastra/core/storage";

/** Numbers from a seed: the same sequence for the same seed. */
export function randomFrom(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)] as (typeof choices)[number];
  };
}

type Pick = ReturnType<typeof randomFrom>;

/** A call of Mastra's observability, and what of its answer is compared. */
export type ObservedCall = (observability: ObservabilityStorage) => Promise<unknown>;

const odd = 'a"\u0000\ud800é';

/** The times of records, all distinct: Mastra's own store has no order of equal ones. */
class Times {
  #next = 1_700_000_000_000;

  next(): Date {
    this.#next += 60_000;
    return new Date(this.#next);
  }
}

const spanTypes = ["agent_run", "workflow_run", "tool_call", "model_generation", "generic"];
const traceIds = ["t1", "t2", "t3", "t4"];
const spanIds = ["s1", "s2", "s3", "s4", "s5"];
const users = ["ada", odd, "bob"];
const tagSets = [["a"], ["a", "b"], [odd], [], null];
const metadatas = [{ plan: "pro" }, { plan: "free", deep: { b: 1, a: [odd] } }, null];

/** A random sequence of calls. */
export function observedCalls(seed: number, length: number): ObservedCall[] {
  const pick = randomFrom(seed);
  const times = new Times();
  return Array.from({ length }, () => {
    const make = pick([writeSpans, writeSpans, updateSpan, writeSignals, writeSignals, remove, read, list, analyse]);
    return make(pick, times);
  });
}

function context(pick: Pick) {
  return {
    entityType: pick(["agent", "workflow_run", null]),
    entityName: pick(["helper", odd, null]),
    userId: pick([...users, null]),
    organizationId: pick(["o1", "o2"]),
    environment: pick(["production", null]),
    serviceName: pick(["api", "worker"]),
    tags: pick(tagSets),
    metadata: pick(metadatas),
  };
}

function writeSpans(pick: Pick, times: Times): ObservedCall {
  const records = Array.from({ length: pick([1, 2, 3]) }, () => {
    const startedAt = times.next();
    const spanId = pick(spanIds);
    return {
      traceId: pick(traceIds),
      spanId,
      // The first is the root of its trace.
      parentSpanId: spanId === "s1" ? null : "s1",
      name: odd,
      spanType: pick(spanTypes),
      isEvent: false,
      startedAt,
      endedAt: pick([null, new Date(startedAt.getTime() + 1)]),
      error: pick([null, null, { message: odd }]),
      input: { text: odd },
      ...context(pick),
    };
  });
  return async (observability) => observability.batchCreateSpans({ records: records as never });
}

function updateSpan(pick: Pick, times: Times): ObservedCall {
  const key = { traceId: pick(traceIds), spanId: pick(spanIds) };
  const updates = { endedAt: pick([null, times.next()]), error: pick([null, { message: "late" }]), output: odd };
  return async (observability) => {
    try {
      return await observability.batchUpdateSpans({ records: [{ ...key, updates }] as never });
    } catch {
      return "no such span";
    }
  };
}

function writeSignals(pick: Pick, times: Times): ObservedCall {
  const id = pick(["1", "2", "3", "4", "5", "6", "7", "8", odd]);
  const common = { ...context(pick), timestamp: times.next(), traceId: pick([...traceIds, null]) };
  const metric = {
    ...common,
    metricId: id,
    name: pick(["tokens", odd]),
    value: pick([1, 2, 3.5]),
    labels: pick([{}, { model: odd }, { model: "m", size: "1" }]),
    provider: pick(["p", null]),
    estimatedCost: pick([0.1, null]),
    costUnit: pick(["usd", null]),
  };
  const log = { ...common, logId: id, level: pick(["info", "error", "debug"]), message: odd };
  const score = { ...common, scoreId: id, scorerId: pick(["x", "y"]), score: times.next().getTime(), source: "live" };
  const feedback = { ...common, feedbackId: id, feedbackType: pick(["rating", "thumbs"]), value: pick([1, "2", "no"]) };
  const kind = pick(["metric", "log", "score", "feedback"]);
  return async (observability) => {
    if (kind === "metric") return observability.batchCreateMetrics({ metrics: [metric] as never });
    if (kind === "log") return observability.batchCreateLogs({ logs: [log] as never });
    if (kind === "score") return observability.createScore({ score } as never);
    return observability.createFeedback({ feedback } as never);
  };
}

function remove(pick: Pick): ObservedCall {
  const scope = pick([{}, { organizationId: "o1" }]);
  const ids = [pick(["1", "2", odd])];
  const kind = pick(["traces", "scores", "feedback", "status"]);
  const traces = [pick(traceIds)];
  return async (observability) => {
    if (kind === "traces") return observability.batchDeleteTraces({ traceIds: traces, ...scope });
    if (kind === "scores") return observability.deleteScores({ scoreIds: ids, ...scope });
    if (kind === "feedback") return observability.deleteFeedback({ feedbackIds: ids, ...scope });
    const change = { feedbackId: ids[0] ?? "", reviewStatus: "reviewed" } as const;
    return observability.updateFeedbackReviewStatus(change).catch(() => "no such feedback");
  };
}

function read(pick: Pick): ObservedCall {
  const [traceId, spanId] = [pick(traceIds), pick(spanIds)];
  const entityType = pick([undefined, "agent"]) as never;
  const prefix = pick(["", "t"]);
  return async (observability) => [
    await observability.getSpan({ traceId, spanId }),
    await observability.getRootSpan({ traceId }),
    await observability.getTrace({ traceId }),
    await observability.getStructure({ traceId }),
    await observability.getSpans({ traceId, spanIds: ["s3", "none", "s1"] }),
    await observability.getBranch({ traceId, spanId, depth: 1 }),
    await observability.getScoreById("1"),
    await observability.getEntityTypes({}),
    await observability.getEntityNames({ entityType }),
    await observability.getServiceNames({}),
    await observability.getEnvironments({}),
    await observability.getTags({ entityType }),
    await observability.getMetricNames({ prefix }),
    await observability.getMetricLabelKeys({ metricName: "tokens" }),
    await observability.getMetricLabelValues({ metricName: "tokens", labelKey: "model" }),
  ];
}

function filtersOf(pick: Pick, names: readonly string[], times: string) {
  const values: Record<string, readonly unknown[]> = {
    entityType: ["agent"],
    entityName: ["helper", odd],
    userId: users,
    organizationId: ["o1"],
    environment: ["production"],
    tags: [["a"], ["a", "b"], [odd], []],
    metadata: [{ plan: "pro" }, { deep: { a: [odd], b: 1 } }],
    spanType: spanTypes,
    status: ["running", "error", "success"],
    hasChildError: [true, false],
    [times]: [
      { start: new Date(1_700_000_600_000) },
      { start: new Date(1_700_000_600_000), end: new Date(1_700_003_000_000) },
      { end: new Date(1_700_002_000_000) },
    ],
    endedAt: [{}, { start: new Date(1_700_000_900_000) }],
    traceId: traceIds,
    traceIds: [["t1", "t2", "t2"]],
    level: ["info", ["info", "error"]],
    name: [["tokens"], ["tokens", odd]],
    labels: [{ model: odd }, { model: "m", size: "1" }],
    source: ["live"],
    scorerId: ["x", ["x", "y"]],
    feedbackType: ["rating", ["rating", "thumbs"]],
    reviewStatus: ["reviewed", "needs-review"],
  };
  const chosen = [pick(names), pick(names), pick(["none", ...names])].filter((name) => values[name] !== undefined);
  return Object.fromEntries(chosen.map((name) => [name, pick(values[name] ?? [])]));
}

const shared = ["entityType", "entityName", "userId", "organizationId", "environment", "tags"];

function list(pick: Pick): ObservedCall {
  const page = { pagination: { page: pick([0, 0, 1]), perPage: pick([1, 2, 10]) } };
  const direction = pick(["ASC", "DESC"]);
  const spans = { ...page, orderBy: { field: "startedAt", direction } };
  const signals = { ...page, orderBy: { field: "timestamp", direction } };
  const spanNames = [...shared, "metadata", "spanType", "status", "startedAt", "endedAt"];
  const traces = { ...spans, filters: filtersOf(pick, [...spanNames, "hasChildError"], "startedAt") };
  const branches = { ...spans, filters: filtersOf(pick, [...spanNames, "traceId"], "startedAt") };
  const of = (...names: string[]) => filtersOf(pick, [...shared, "timestamp", "traceId", ...names], "timestamp");
  const metrics = { ...signals, filters: of("name", "labels", "traceIds") };
  const logs = { ...signals, filters: of("level") };
  const byScore = { ...page, orderBy: { field: "score", direction }, filters: of("scorerId", "source", "metadata") };
  const feedback = { ...signals, filters: of("feedbackType", "reviewStatus") };
  return async (observability) => [
    await observability.listTraces(traces as never),
    await observability.listTracesLight(traces as never),
    await observability.listBranches(branches as never),
    await observability.listMetrics(metrics as never),
    await observability.listLogs(logs as never),
    await observability.listScores(byScore as never),
    await observability.listFeedback(feedback as never),
  ];
}

function analyse(pick: Pick): ObservedCall {
  const timestamp = { start: new Date(1_700_001_200_000), end: new Date(1_700_002_400_000) };
  const filters = pick([{}, { timestamp }, { timestamp, organizationId: "o1" }]);
  const common = { filters, aggregation: pick(["sum", "avg", "count", "max", "last"]) };
  const compared = { ...common, comparePeriod: pick(["previous_period", "previous_day", undefined]) };
  const over = { ...common, interval: pick(["1m", "5m", "1h"]) };
  const groupBy = [pick(["userId", "environment"])];
  const percentiles = { filters, interval: "5m", percentiles: [0.5, 0.9] };
  const [metric, score, feedback] = [{ name: ["tokens"] }, { scorerId: "x" }, { feedbackType: "rating" }];
  return async (observability) => [
    await observability.getMetricAggregate({ ...metric, ...compared } as never),
    await observability.getMetricBreakdown({ ...metric, ...common, groupBy } as never),
    await observability.getMetricTimeSeries({ ...metric, ...over } as never),
    await observability.getMetricPercentiles({ name: "tokens", ...percentiles } as never),
    await observability.getScoreAggregate({ ...score, ...compared } as never),
    await observability.getScoreBreakdown({ ...score, ...common, groupBy } as never),
    await observability.getScoreTimeSeries({ ...score, ...over, groupBy } as never),
    await observability.getScorePercentiles({ ...score, ...percentiles } as never),
    await observability.getFeedbackAggregate({ ...feedback, ...compared } as never),
    await observability.getFeedbackBreakdown({ ...feedback, ...common, groupBy } as never),
    await observability.getFeedbackTimeSeries({ ...feedback, ...over } as never),
    await observability.getFeedbackPercentiles({ ...feedback, ...percentiles } as never),
  ];
}
