import { type Fields, fieldsOf } from "../core/fields.ts";
import { checkInteger } from "../core/input.ts";
import { combinePlans } from "../core/plan.ts";
import type { Measurements } from "../health/health.ts";
import { migrationStatus } from "../migrations/runner.ts";
import type { Database } from "../postgres/database.ts";
import type { FullPolicy } from "../retention/retention.ts";
import { isClosedStore, type Session } from "../session/session.ts";
import type { StatementFigures } from "../session/statement-figures.ts";
import type { Tally } from "../session/tally.ts";
import { expositionOf, expositionType, type Metric } from "./exposition.ts";
import { processMetrics } from "./process-figures.ts";
import { measureEndedJobs, measureRetention } from "./statements.generated.ts";
import { gauge, storeMetrics } from "./store-figures.ts";

/** Limits the metrics of a store. */
export interface MetricsOptions {
  /** The most rows counted for one status, so that a scrape of a large store stays fast. 100,000 by default, at most 10,000,000. */
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
      const { countUpTo } = metricsOptions.readOptional(options, "options");
      const limit = checkInteger(countUpTo ?? 100_000, "countUpTo", { min: 1, max: 10_000_000 });
      return { contentType: expositionType, text: expositionOf(await readMetrics(parts, limit)) };
    },
  };
}

/** Reads all metrics of a store. */
async function readMetrics(parts: MetricsParts, countUpTo: number): Promise<readonly Metric[]> {
  const { database, tally, statements, schema } = parts;
  const connections = database.usage();
  const [isUp, ofStore] = await readStore(parts, countUpTo);
  return [
    gauge("holdfast_up", "Whether the database answered", [{ value: isUp ? 1 : 0 }]),
    gauge("holdfast_info", "The schema of the store", [{ labels: { schema }, value: 1 }]),
    ...ofStore,
    ...processMetrics({ count: (name) => tally.of(name), statements: statements.figures(), connections }),
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
