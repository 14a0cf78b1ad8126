import {
  type FeedbackRecord,
  listFeedbackArgsSchema,
  listLogsArgsSchema,
  listMetricsArgsSchema,
  listScoresArgsSchema,
  type LogRecord,
  type MetricRecord,
  ObservabilityStorage,
  type ScoreRecord,
} from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import { InvalidInputError, NotFoundError } from "holdfast/errors";
import { analysedFilters, type Answer, type Args, inMemory } from "./analytics.ts";
import { type DomainOptions, homeOf } from "./document.ts";
import { discoveredFacets } from "./observed.ts";
import type { Facet } from "./places.ts";
import { Signals } from "./signals.ts";

/** Where a record came from: older records have it in another field. */
const withSource = (record: MetricRecord | LogRecord): object => {
  return { ...record, executionSource: record.executionSource ?? record.source };
};

/** The name of a metric, its labels, and their values. */
function metricFacets({ name, labels }: MetricRecord): Facet[] {
  const entries = Object.entries(labels);
  const keys = entries.map(([value]) => ({ field: "label", scope: name, value }));
  const values = entries.map(([key, value]) => ({ field: `label ${key}`, scope: name, value }));
  return [{ field: "name", value: name }, ...keys, ...values];
}

/** The half of Mastra's observability that is not traces: metrics, logs, scores and feedback. */
export class ObservedSignals extends ObservabilityStorage {
  protected readonly metrics: Signals<MetricRecord>;
  protected readonly logs: Signals<LogRecord>;
  protected readonly scores: Signals<ScoreRecord>;
  protected readonly feedback: Signals<FeedbackRecord>;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super();
    const home = homeOf(place, options);
    const context = { maps: [], aliases: { source: "executionSource" }, indexed: withSource } as const;
    const metricNames = ["executionSource", "name", "provider", "model", "costUnit"];
    this.metrics = new Signals<MetricRecord>(home, {
      ...context,
      kind: "metric",
      id: "metricId",
      names: metricNames,
      maps: ["labels"],
      facets: (metric) => [...discoveredFacets(metric), ...metricFacets(metric)],
    });
    this.logs = new Signals<LogRecord>(home, {
      ...context,
      kind: "log",
      id: "logId",
      names: ["executionSource", "level"],
      facets: discoveredFacets,
    });
    this.scores = new Signals<ScoreRecord>(home, {
      kind: "observed score",
      id: "scoreId",
      names: ["executionSource", "scorerId", "scoreSource"],
      maps: ["metadata"],
      aliases: { source: "scoreSource" },
      sorts: ["score"],
    });
    this.feedback = new Signals<FeedbackRecord>(home, {
      kind: "feedback",
      id: "feedbackId",
      names: ["executionSource", "feedbackType", "feedbackSource", "feedbackUserId", "reviewStatus"],
      maps: [],
      aliases: { source: "feedbackSource" },
    });
  }

  override async batchCreateMetrics({ metrics }: Args<"batchCreateMetrics">): Promise<void> {
    await this.metrics.put(metrics);
  }

  override async listMetrics(args: Args<"listMetrics">): Answer<"listMetrics"> {
    const { records, pagination } = await this.metrics.list(pageOf(listMetricsArgsSchema.parse(args)));
    return { metrics: records, pagination };
  }

  override async getMetricAggregate(args: Args<"getMetricAggregate">): Answer<"getMetricAggregate"> {
    return (await this.#metricsOf(args)).getMetricAggregate(args);
  }

  override async getMetricBreakdown(args: Args<"getMetricBreakdown">): Answer<"getMetricBreakdown"> {
    return (await this.#metricsOf(args)).getMetricBreakdown(args);
  }

  override async getMetricTimeSeries(args: Args<"getMetricTimeSeries">): Answer<"getMetricTimeSeries"> {
    return (await this.#metricsOf(args)).getMetricTimeSeries(args);
  }

  override async getMetricPercentiles(args: Args<"getMetricPercentiles">): Answer<"getMetricPercentiles"> {
    return (await this.#metricsOf(args)).getMetricPercentiles(args);
  }

  override async batchCreateLogs({ logs }: Args<"batchCreateLogs">): Promise<void> {
    await this.logs.put(logs);
  }

  override async listLogs(args: Args<"listLogs">): Answer<"listLogs"> {
    const { records, pagination } = await this.logs.list(pageOf(listLogsArgsSchema.parse(args)));
    return { logs: records, pagination };
  }

  override async createScore({ score }: Args<"createScore">): Promise<void> {
    await this.batchCreateScores({ scores: [score] });
  }

  override async batchCreateScores({ scores }: Args<"batchCreateScores">): Promise<void> {
    await this.scores.put(
      scores.map((score) => {
        const scoreSource = score.scoreSource ?? score.source ?? null;
        return { ...score, scoreSource, source: scoreSource };
      }),
    );
  }

  override async listScores(args: Args<"listScores">): Answer<"listScores"> {
    const { records, pagination } = await this.scores.list(pageOf(listScoresArgsSchema.parse(args)));
    return { scores: records, pagination };
  }

  override async getScoreById(scoreId: string): Promise<ScoreRecord | null> {
    return this.scores.get(scoreId);
  }

  override async getScoreAggregate(args: Args<"getScoreAggregate">): Answer<"getScoreAggregate"> {
    return (await this.#scoresOf(args)).getScoreAggregate(args);
  }

  override async getScoreBreakdown(args: Args<"getScoreBreakdown">): Answer<"getScoreBreakdown"> {
    return (await this.#scoresOf(args)).getScoreBreakdown(args);
  }

  override async getScoreTimeSeries(args: Args<"getScoreTimeSeries">): Answer<"getScoreTimeSeries"> {
    return (await this.#scoresOf(args)).getScoreTimeSeries(args);
  }

  override async getScorePercentiles(args: Args<"getScorePercentiles">): Answer<"getScorePercentiles"> {
    return (await this.#scoresOf(args)).getScorePercentiles(args);
  }

  override async deleteScores({ scoreIds, ...scope }: Args<"deleteScores">): Promise<void> {
    await this.scores.remove(scoreIds, scope);
  }

  override async createFeedback({ feedback }: Args<"createFeedback">): Promise<void> {
    await this.batchCreateFeedback({ feedbacks: [feedback] });
  }

  override async batchCreateFeedback({ feedbacks }: Args<"batchCreateFeedback">): Promise<void> {
    await this.feedback.put(
      feedbacks.map((feedback) => {
        const feedbackSource = feedback.feedbackSource ?? feedback.source ?? "";
        const author: unknown = feedback.metadata?.["userId"];
        return {
          ...feedback,
          feedbackSource,
          source: feedbackSource,
          feedbackUserId: feedback.feedbackUserId ?? feedback.userId ?? (typeof author === "string" ? author : null),
          reviewStatus: feedback.reviewStatus ?? "needs-review",
        };
      }),
    );
  }

  override async listFeedback(args: Args<"listFeedback">): Answer<"listFeedback"> {
    const { records, pagination } = await this.feedback.list(pageOf(listFeedbackArgsSchema.parse(args)));
    return { feedback: records, pagination };
  }

  /** @throws NotFoundError */
  override async updateFeedbackReviewStatus(
    args: Args<"updateFeedbackReviewStatus">,
  ): Answer<"updateFeedbackReviewStatus"> {
    const { feedbackId, reviewStatus } = args;
    const changed = await this.feedback.change(feedbackId, (record) => ({ ...record, reviewStatus }));
    if (changed) return changed;
    throw new NotFoundError(`Feedback ${JSON.stringify(feedbackId)} was not found: create it first.`, {
      facts: { entity: "feedback", id: feedbackId },
    });
  }

  override async getFeedbackAggregate(args: Args<"getFeedbackAggregate">): Answer<"getFeedbackAggregate"> {
    return (await this.#feedbackOf(args)).getFeedbackAggregate(args);
  }

  override async getFeedbackBreakdown(args: Args<"getFeedbackBreakdown">): Answer<"getFeedbackBreakdown"> {
    return (await this.#feedbackOf(args)).getFeedbackBreakdown(args);
  }

  override async getFeedbackTimeSeries(args: Args<"getFeedbackTimeSeries">): Answer<"getFeedbackTimeSeries"> {
    return (await this.#feedbackOf(args)).getFeedbackTimeSeries(args);
  }

  override async getFeedbackPercentiles(args: Args<"getFeedbackPercentiles">): Answer<"getFeedbackPercentiles"> {
    return (await this.#feedbackOf(args)).getFeedbackPercentiles(args);
  }

  override async deleteFeedback({ feedbackIds, ...scope }: Args<"deleteFeedback">): Promise<void> {
    await this.feedback.remove(feedbackIds, scope);
  }

  async #metricsOf(args: { readonly name: string | string[] }) {
    const filters = analysedFilters(args, { name: [args.name].flat() });
    return inMemory("metricRecords", await this.metrics.all(filters));
  }

  async #scoresOf(args: { readonly scorerId: string }) {
    return inMemory("scoreRecords", await this.scores.all(analysedFilters(args, { scorerId: args.scorerId })));
  }

  async #feedbackOf(args: { readonly feedbackType: string }) {
    const filters = analysedFilters(args, { feedbackType: args.feedbackType });
    return inMemory("feedbackRecords", await this.feedback.all(filters));
  }
}

/** The arguments of a page, after Mastra's own checks. */
export function pageOf<A extends { readonly mode?: string | undefined }>(
  args: A,
): Extract<A, { readonly mode: "page" }> {
  if (args.mode !== "delta") return args as Extract<A, { readonly mode: "page" }>;
  throw new InvalidInputError('mode must be "page": getFeatures() has no delta polling.', { facts: { field: "mode" } });
}
