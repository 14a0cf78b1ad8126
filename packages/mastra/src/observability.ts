import {
  type CreateSpanRecord,
  EntityType,
  listBranchesArgsSchema,
  listTracesArgsSchema,
  type ObservabilityStorageFeature,
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  type SpanRecord,
  type TableRetentionPolicy,
  toTraceSpan,
} from "@mastra/core/storage";
import type { Store, Transaction } from "holdfast";
import type { Answer, Args } from "./analytics.ts";
import { type DomainOptions, homeOf } from "./document.ts";
import type { Documents } from "./documents.ts";
import { ObservedSignals, pageOf } from "./observed-signals.ts";
import type { Facet } from "./places.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import { Spans } from "./spans.ts";

type Filters = Parameters<Spans["listTraces"]>[0];

type Discovered = Pick<Documents<unknown>, "valuesOf">;

/** Mastra's observability in a Holdfast store, or in one of its transactions: traces, metrics, logs, scores and feedback. */
export class HoldfastObservability extends ObservedSignals {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({
    spans: "startedAt",
    metrics: "timestamp",
    logs: "timestamp",
    scores: "timestamp",
    feedback: "timestamp",
  });
  readonly #spans: Spans;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super(place, options);
    this.#spans = new Spans(homeOf(place, options));
  }

  override getFeatures(): readonly ObservabilityStorageFeature[] {
    return [
      "metrics",
      "logs",
      "entity-type-discovery",
      "entity-name-discovery",
      "service-name-discovery",
      "environment-discovery",
      "tag-discovery",
      "metric-discovery",
      "feedback",
    ];
  }

  override async dangerouslyClearAll(): Promise<void> {
    const signals = [this.metrics, this.logs, this.scores, this.feedback];
    await this.#spans.removeAll();
    for (const { documents } of signals) await documents.removeAll({ labels: {} });
  }

  /** Of spans, whole traces are pruned, by the start of their roots. */
  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const signals = { metrics: this.metrics, logs: this.logs, scores: this.scores, feedback: this.feedback };
    const removers = Object.entries(signals).map(([table, { documents }]): [string, RemoveBefore] => {
      return [table, async (before, limit) => documents.removeBefore("timestamp", before, limit)];
    });
    const spans: RemoveBefore = async (before, limit) => this.#spans.removeBefore(before, limit);
    const all = { spans, ...Object.fromEntries(removers) };
    return prune("observability", all, HoldfastObservability.retentionTables, { policies, options });
  }

  override async createSpan({ span }: Args<"createSpan">): Promise<void> {
    await this.#spans.create([span]);
  }

  override async batchCreateSpans({ records }: { records: CreateSpanRecord[] }): Promise<void> {
    await this.#spans.create(records);
  }

  /** @throws NotFoundError */
  override async updateSpan(args: Args<"batchUpdateSpans">["records"][number]): Promise<void> {
    await this.#spans.update([args]);
  }

  /** @throws NotFoundError if one of the spans does not exist; then none is changed. */
  override async batchUpdateSpans({ records }: Args<"batchUpdateSpans">): Promise<void> {
    await this.#spans.update(records);
  }

  override async getSpan({ traceId, spanId }: Args<"getSpan">): Answer<"getSpan"> {
    const span = await this.#spans.get(traceId, spanId);
    return span && { span };
  }

  override async getSpans({ traceId, spanIds }: Args<"getSpans">): Answer<"getSpans"> {
    return { traceId, spans: await this.#spans.getMany(traceId, spanIds) };
  }

  override async getRootSpan({ traceId }: Args<"getRootSpan">): Answer<"getRootSpan"> {
    const span = await this.#spans.rootOf(traceId);
    return span && { span };
  }

  override async getTrace({ traceId }: Args<"getTrace">): Answer<"getTrace"> {
    const spans = await this.#spans.ofTrace(traceId);
    return spans.length > 0 ? { traceId, spans } : null;
  }

  override async getStructure(args: Args<"getStructure">): Answer<"getStructure"> {
    const trace = await this.getTrace(args);
    return trace && { traceId: trace.traceId, spans: trace.spans.map(structureOf) };
  }

  override async listTraces(args: Args<"listTraces">): Answer<"listTraces"> {
    const { records, pagination } = await this.#spans.listTraces(pageOf(listTracesArgsSchema.parse(args)));
    return { spans: records.map(toTraceSpan), pagination };
  }

  override async listBranches(args: Args<"listBranches">): Answer<"listBranches"> {
    const asked = pageOf(listBranchesArgsSchema.parse(args)) as Filters;
    const { records, pagination } = await this.#spans.listBranches(asked);
    return { branches: records.map(toTraceSpan), pagination };
  }

  override async batchDeleteTraces({ traceIds, ...scope }: Args<"batchDeleteTraces">): Promise<void> {
    await this.#spans.removeTraces(traceIds, scope);
    for (const signals of [this.metrics, this.logs, this.scores, this.feedback]) {
      await signals.removeOfTraces(traceIds, scope);
    }
  }

  override async getEntityTypes(_args: Args<"getEntityTypes">): Answer<"getEntityTypes"> {
    const known: readonly string[] = Object.values(EntityType);
    const types = await this.#discover("entityType");
    return { entityTypes: types.filter((type) => known.includes(type)) as EntityType[] };
  }

  override async getEntityNames({ entityType }: Args<"getEntityNames">): Answer<"getEntityNames"> {
    return { names: await this.#discover("entityName", entityType) };
  }

  override async getServiceNames(_args: Args<"getServiceNames">): Answer<"getServiceNames"> {
    return { serviceNames: await this.#discover("serviceName") };
  }

  override async getEnvironments(_args: Args<"getEnvironments">): Answer<"getEnvironments"> {
    return { environments: await this.#discover("environment") };
  }

  override async getTags({ entityType }: Args<"getTags">): Answer<"getTags"> {
    return { tags: await this.#discover("tags", entityType) };
  }

  override async getMetricNames({ prefix = "", limit }: Args<"getMetricNames">): Answer<"getMetricNames"> {
    return { names: firstOf(await valuesOf(this.metrics.documents, { field: "name" }), prefix, limit) };
  }

  override async getMetricLabelKeys({ metricName }: Args<"getMetricLabelKeys">): Answer<"getMetricLabelKeys"> {
    const keys = await valuesOf(this.metrics.documents, { field: "label", scope: metricName });
    return { keys: keys.toSorted() };
  }

  override async getMetricLabelValues(args: Args<"getMetricLabelValues">): Answer<"getMetricLabelValues"> {
    const { metricName, labelKey, prefix = "", limit } = args;
    const values = await valuesOf(this.metrics.documents, { field: `label ${labelKey}`, scope: metricName });
    return { values: firstOf(values, prefix, limit) };
  }

  /** The values of a field of spans, logs and metrics, in order. */
  async #discover(field: string, scope?: string): Promise<string[]> {
    const all: Discovered[] = [this.#spans.documents, this.logs.documents, this.metrics.documents];
    const found = await Promise.all(all.map(async (documents) => valuesOf(documents, { field, scope })));
    return [...new Set(found.flat())].toSorted();
  }
}

async function valuesOf(documents: Discovered, facet: Omit<Facet, "value">): Promise<string[]> {
  const values: string[] = [];
  for await (const value of documents.valuesOf(facet)) values.push(value);
  return values;
}

function firstOf(values: readonly string[], prefix: string, limit: number | undefined): string[] {
  const sorted = values.filter((value) => value.startsWith(prefix)).toSorted();
  return limit ? sorted.slice(0, limit) : sorted;
}

function structureOf(span: SpanRecord) {
  const { traceId, spanId, parentSpanId, name, spanType, isEvent, startedAt, endedAt, error } = span;
  const { entityType, entityId, entityName, createdAt, updatedAt } = span;
  const place = { traceId, spanId, parentSpanId, name, spanType, isEvent, startedAt, endedAt, error };
  return { ...place, entityType, entityId, entityName, createdAt, updatedAt };
}
