import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import { combinePlans } from "../core/plan.ts";
import { countUpToDefault, type Measurements } from "../health/health.ts";
import { migrationStatus } from "../migrations/runner.ts";
import type { ConnectionUsage, Database, ListenUsage } from "../postgres/database.ts";
import type { FullPolicy } from "../retention/retention.ts";
import { isClosedStore, type Session } from "../session/session.ts";
import type { StatementFigures } from "../session/statement-figures.ts";
import type { Tally } from "../session/tally.ts";
import { metric } from "./catalog.ts";
import { expositionOf, expositionType, type Metric } from "./exposition.ts";
import { observeMetrics } from "./observing.ts";
import { processMetrics } from "./process-figures.ts";
import { measureEndedJobs, measureRetention } from "./statements.generated.ts";
import { storeMetrics } from "./store-figures.ts";

/** Limits the metrics of a store. */
export interface MetricsOptions {
  /** The most rows counted for one status, or in one queue, so that a scrape of a large store stays fast. 10,000 by default, at most 10,000,000. */
  readonly countUpTo?: number | undefined;
}

/** Metrics in Prometheus' text exposition format. */
export interface MetricsText {
  /** The value of the HTTP header Content-Type. */
  readonly contentType: string;
  readonly text: string;
}

/** Exposes what monitoring needs to know about a store. */
export interface Metrics {
  /**
   * The figures of the store and of its use by this process, in Prometheus' text exposition format. If the database does not answer,
   * `holdfast_up` is 0, and the figures of this process remain.
   *
   * @throws UnavailableError on a closed store.
   */
  metrics(options?: MetricsOptions): Promise<MetricsText>;
}

/** What the metrics of a store are read from. */
export interface MetricsParts {
  readonly session: Session;
  readonly database: Database;
  readonly usage: { readonly connections: () => ConnectionUsage; readonly listening: () => ListenUsage };
  readonly schema: string;
  readonly measurements: Measurements;
  readonly policy: FullPolicy | false;
  readonly tally: Tally;
  readonly statements: Pick<StatementFigures, "figures">;
}

const metricsOptions: Fields<MetricsOptions> = fieldsOf<MetricsOptions>({ countUpTo: true });

/** The most queues of a scrape: those that have waited longest. Each has a dozen lines. */
const queuesMax = 1000;

/** The metrics of a store. */
export function metricsOf(parts: MetricsParts): Metrics {
  return {
    metrics: async (options) => {
      const { countUpTo = countUpToDefault } = metricsOptions.readOptional(options, "options");
      const limit = checkInteger(countUpTo, "countUpTo", { min: 1, max: 10_000_000 });
      return { contentType: expositionType, text: expositionOf(await readMetrics(parts, limit)) };
    },
  };
}

/** Gives the metrics of a store to OpenTelemetry, if a meter provider is registered. Returns a function that ends this. */
export function observeStore(parts: MetricsParts): () => void {
  const { "db.namespace": namespace = parts.schema } = parts.session.target;
  return observeMetrics(String(namespace), () => readMetrics(parts, countUpToDefault));
}

/** Reads all metrics of a store. */
async function readMetrics(parts: MetricsParts, countUpTo: number): Promise<readonly Metric[]> {
  const { usage, tally, statements, schema } = parts;
  const connections = usage.connections();
  const [isUp, ofStore] = await readStore(parts, countUpTo);
  return [
    metric("holdfast_up", [{ value: isUp ? 1 : 0 }]),
    metric("holdfast_info", [{ labels: { schema }, value: 1 }]),
    ...ofStore,
    ...processMetrics({
      count: (name) => tally.of(name),
      statements: statements.figures(),
      connections,
      listening: usage.listening(),
    }),
  ];
}

async function readStore(
  { session, database, schema, measurements, policy }: MetricsParts,
  countUpTo: number,
): Promise<readonly [isUp: boolean, metrics: readonly Metric[]]> {
  try {
    const [ended, retention] = await session.run(combinePlans([measureEndedJobs({}), measureRetention({})]));
    const overview = await measurements.overview({ countUpTo, queues: queuesMax });
    const { tables } = await measurements.stats();
    const migrations = await migrationStatus(database, schema);
    return [true, storeMetrics({ overview, ended, retention, policy, tables, migrations })];
  } catch (error) {
    if (isClosedStore(error)) throw error;
    return [false, []];
  }
}
