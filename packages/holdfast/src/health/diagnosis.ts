import { combinePlans, mapPlan } from "../core/plan.ts";
import { migrationStatus, newestMigration } from "../migrations/runner.ts";
import type { Database } from "../postgres/database.ts";
import type { Session } from "../session/session.ts";
import { check, type Check, skipped } from "./check.ts";
import { checkClock, checkPooler, checkRoundTrip } from "./connection-checks.ts";
import { indexNames } from "./indexes.generated.ts";
import { checkIndexes, checkObjects } from "./object-checks.ts";
import { countUpToDefault } from "./overview.ts";
import { checkServer } from "./server-checks.ts";
import {
  describeServer,
  listObjects,
  listOldTransactions,
  listReplicas,
  listVacuums,
  measureQueues,
  measureWork,
  missingIndexes,
  missingPrivileges,
} from "./statements.generated.ts";
import { checkPrivileges, checkTransactions, checkVacuum } from "./upkeep-checks.ts";
import { checkWork } from "./work-checks.ts";

export type { Check, CheckStatus } from "./check.ts";

/** What is right and wrong with a store, its schema and its server. */
export interface Diagnosis {
  /** Whether no check failed; warnings do not count. */
  readonly isHealthy: boolean;
  /** In an order in which it makes sense to act on them. */
  readonly checks: readonly Check[];
}

/** The parts of a store that a diagnosis needs. */
export interface DiagnosedStore {
  readonly database: Database;
  readonly schema: string;
  readonly location: string;
  readonly ping: () => Promise<void>;
  readonly session: Pick<Session, "run">;
}

/** The age from which an open transaction is reported. */
const oldTransactionMs = 60_000;

/** Makes all checks. One that fails by itself is a failed check, so the others are still made. */
export async function diagnose(store: DiagnosedStore): Promise<Diagnosis> {
  const checks = [
    ...(await guarded("connection", async () => [await checkRoundTrip(store)])),
    ...(await guarded("server", () => serverChecks(store))),
    ...(await guarded("pooler", async () => [await checkPooler(store.database)])),
    ...(await guarded("schema", () => schemaChecks(store))),
  ];
  return { isHealthy: checks.every(({ status }) => status !== "fail"), checks };
}

async function guarded(name: string, work: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(name, error)];
  }
}

/** The sentence of an error, and what it says to do. */
function failed(name: string, error: unknown): Check {
  const message = error instanceof Error ? error.message : String(error);
  const [, finding, advice] = /^(.+?): ([a-z].+)$/s.exec(message) ?? [];
  if (finding === undefined || advice === undefined) return check(name, "fail", message, null);
  return check(name, "fail", `${finding}.`, `${advice.charAt(0).toUpperCase()}${advice.slice(1)}`);
}

async function serverChecks({ database, session }: DiagnosedStore): Promise<readonly Check[]> {
  const before = Date.now();
  const server = await session.run(describeServer({}));
  const clock = checkClock(server.clockAt, before, Date.now());
  const replicas = await session.run(listReplicas({}));
  const old = await session.run(listOldTransactions({ olderMs: oldTransactionMs, limit: 20 }));
  return [
    ...checkServer(server, replicas, database),
    clock,
    checkTransactions(old, { olderMs: oldTransactionMs, seesOthers: server.seesOthers }),
  ];
}

async function schemaChecks({ database, schema, session }: DiagnosedStore): Promise<readonly Check[]> {
  const missing = (await migrationStatus(database, schema)).filter(({ appliedAt }) => appliedAt === null);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    return [
      check(
        "schema",
        "fail",
        `Schema ${schema} lacks ${missing.length} migrations: ${names}.`,
        "Run `holdfast migrate`.",
      ),
      skipped("objects", "The schema is not at this release."),
    ];
  }
  const plan = combinePlans([
    listObjects({}),
    missingIndexes({ names: indexNames }),
    missingPrivileges({}),
    listVacuums({}),
    measureQueues({ countUpTo: countUpToDefault, limit: 1000 }),
    measureWork({ countUpTo: countUpToDefault }),
  ]);
  const made = mapPlan(plan, ([objects, indexes, privileges, vacuums, queues, work]) => [
    check("schema", "ok", `Schema ${schema} is at ${newestMigration}.`),
    checkObjects(objects),
    checkIndexes(indexes.map(({ name }) => name)),
    checkPrivileges(privileges, schema),
    checkVacuum(vacuums, { isShared: database.isShared }),
    ...checkWork(queues, work),
  ]);
  return session.run(made);
}
