import type { ListScoresResponse, SaveScorePayload, ScoreRowData } from "@mastra/core/evals";
import {
  calculatePagination,
  normalizePerPage,
  type PruneOptions,
  type PruneResult,
  type RetentionTablesDescriptor,
  ScoresStorage,
  type TableRetentionPolicy,
} from "@mastra/core/storage";
import { newId, type Store, type Transaction } from "holdfast";
import type { Labels } from "holdfast/executions";
import { type DomainOptions, homeOf, sliceOf } from "./document.ts";
import { Documents } from "./documents.ts";
import { prune, type RemoveBefore, tablesOf } from "./retention.ts";
import { labelOf, momentOf, plain } from "./text.ts";

/** The fields of a score by which lists filter, each a label. */
const filterNames = [
  "scorerId",
  "runId",
  "entityId",
  "entityType",
  "source",
  "traceId",
  "spanId",
  "organizationId",
  "projectId",
] as const;

type Page = Parameters<ScoresStorage["listScoresByRunId"]>[0]["pagination"];

type Tenancy = Parameters<ScoresStorage["listScoresByRunId"]>[0]["filters"];

/** Mastra's scores in a Holdfast store, or in one of its transactions. */
export class HoldfastScores extends ScoresStorage {
  static override readonly retentionTables: RetentionTablesDescriptor = tablesOf({ scorers: "createdAt" });
  readonly #scores: Documents<ScoreRowData>;

  constructor(place: Store | Transaction, options?: DomainOptions) {
    super();
    this.#scores = new Documents(homeOf(place, options), "score");
  }

  override async dangerouslyClearAll(): Promise<void> {
    await this.#scores.removeAll({ labels: {} });
  }

  override async prune(policies: Record<string, TableRetentionPolicy>, options?: PruneOptions): Promise<PruneResult[]> {
    const scorers: RemoveBefore = async (before, limit) => this.#scores.removeBefore("createdAt", before, limit);
    return prune("scores", { scorers }, HoldfastScores.retentionTables, { policies, options });
  }

  override async getScoreById({ id }: { id: string }): Promise<ScoreRowData | null> {
    const score = await this.#scores.get(id);
    return score && toScore(score);
  }

  override async saveScore(given: SaveScorePayload): Promise<{ score: ScoreRowData }> {
    const { id = newId(), createdAt } = given as SaveScorePayload & Partial<Pick<ScoreRowData, "id" | "createdAt">>;
    const existing = await this.#scores.get(id);
    const now = new Date();
    const first = momentOf(existing?.createdAt ?? createdAt, "createdAt") ?? now;
    const score: ScoreRowData = { ...given, id, createdAt: first, updatedAt: now };
    const sorts = { createdAt: first.getTime() };
    await this.#scores.putMany([{ id, value: plain(score), labels: labelsOf(score), sorts }]);
    return { score };
  }

  override async listScoresByScorerId(
    input: Parameters<ScoresStorage["listScoresByScorerId"]>[0],
  ): Promise<ListScoresResponse> {
    const { scorerId, entityId, entityType, source, pagination, filters } = input;
    return this.#list(labelsOf({ scorerId, entityId, entityType, source }), pagination, filters);
  }

  override async listScoresByRunId(
    input: Parameters<ScoresStorage["listScoresByRunId"]>[0],
  ): Promise<ListScoresResponse> {
    return this.#list(labelsOf({ runId: input.runId }), input.pagination, input.filters);
  }

  override async listScoresByEntityId(
    input: Parameters<ScoresStorage["listScoresByEntityId"]>[0],
  ): Promise<ListScoresResponse> {
    const { entityId, entityType, pagination, filters } = input;
    return this.#list(labelsOf({ entityId, entityType }), pagination, filters);
  }

  override async listScoresBySpan(
    input: Parameters<ScoresStorage["listScoresBySpan"]>[0],
  ): Promise<ListScoresResponse> {
    const { traceId, spanId, pagination, filters } = input;
    return this.#list(labelsOf({ traceId, spanId }), pagination, filters);
  }

  /** The newest first. */
  async #list(of: Labels, { page, perPage: asked }: Page, tenancy: Tenancy): Promise<ListScoresResponse> {
    const labels = { ...of, ...labelsOf({ ...tenancy }) };
    const limit = normalizePerPage(asked, Number.MAX_SAFE_INTEGER);
    const { offset, perPage } = calculatePagination(page, asked, limit);
    const slice = { ...sliceOf(page, 0), offset, limit };
    const [total, scores] = await Promise.all([
      this.#scores.count({ labels }),
      this.#scores.list({ labels, orderBy: "createdAt", order: "desc" }, slice),
    ]);
    const hasMore = asked !== false && total > offset + limit;
    return { scores: scores.map(toScore), pagination: { total, page, perPage, hasMore } };
  }
}

function labelsOf(fields: object): Labels {
  const given = new Map(Object.entries(fields) as [string, unknown][]);
  const set = filterNames.filter((name) => given.get(name) !== undefined && given.get(name) !== null);
  return Object.fromEntries(set.map((name) => [name, labelOf(given.get(name))]));
}

function toScore(stored: ScoreRowData): ScoreRowData {
  return { ...stored, createdAt: new Date(stored.createdAt), updatedAt: new Date(stored.updatedAt ?? 0) };
}
