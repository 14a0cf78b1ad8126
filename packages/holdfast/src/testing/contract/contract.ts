import { type BlobOptions, type ContentBackend, openBlobBackend, resolveBlobs } from "../../blobs/blobs.ts";
import { type Codec, jsonCodec } from "../../database/codec.ts";
import type { Database } from "../../database/database.ts";
import { openDatabase } from "../../database/open-database.ts";
import { checkSchemaName } from "../../database/schema-name.ts";
import type { ConnectionOptions } from "../../database/settings/connection-options.ts";
import { resolveConnection } from "../../database/settings/resolve.ts";
import { migrate } from "../../migrations/runner.ts";
import { type Store, storeOn } from "../../store.ts";
import { clearSchema } from "../clear.ts";
import { testClock } from "../clock.ts";
import { archiveContract } from "./archive.ts";
import { argumentsContract } from "./arguments.ts";
import { blobsContract } from "./blobs.ts";
import type { ContractCase } from "./case.ts";
import { componentsContract } from "./components.ts";
import { correlationsContract } from "./correlations.ts";
import { countsContract } from "./counts.ts";
import { definitionsContract } from "./definitions.ts";
import { executionClaimsContract } from "./executions-claims.ts";
import { executionEndsContract } from "./executions-ends.ts";
import { executionStepsContract } from "./executions-steps.ts";
import { executionsContract } from "./executions.ts";
import { historyFeedContract } from "./history-feed.ts";
import { historyForksContract } from "./history-forks.ts";
import { historyRemovalsContract } from "./history-removals.ts";
import { historySubscriptionsContract } from "./history-subscriptions.ts";
import { historyContract } from "./history.ts";
import { iteratorsContract } from "./iterators.ts";
import { jobsContract } from "./jobs.ts";
import { kvContract } from "./kv.ts";
import { leasesContract } from "./leases.ts";
import { retentionContract } from "./retention.ts";
import { schedulesContract } from "./schedules.ts";
import { snapshotsContract } from "./snapshots.ts";
import { storeContract } from "./store.ts";
import { tasksContract } from "./tasks.ts";
import { timersContract } from "./timers.ts";
import { transitionContract } from "./transition.ts";

/**
 * What a store promises, as data: the cases by subject. Any test runner can run them, each on the context that
 * {@link openContract} gives; a case throws where its promise is broken.
 */
export const contract: Readonly<Record<string, readonly ContractCase[]>> = {
  store: storeContract,
  arguments: argumentsContract,
  iterators: iteratorsContract,
  counts: countsContract,
  definitions: definitionsContract,
  executions: executionsContract,
  leases: leasesContract,
  "claims of executions": executionClaimsContract,
  "steps of executions": executionStepsContract,
  "ends of executions": executionEndsContract,
  tasks: tasksContract,
  components: componentsContract,
  kv: kvContract,
  correlations: correlationsContract,
  timers: timersContract,
  history: [
    ...historyContract,
    ...historyFeedContract,
    ...historySubscriptionsContract,
    ...historyForksContract,
    ...historyRemovalsContract,
  ],
  schedules: schedulesContract,
  jobs: jobsContract,
  snapshots: snapshotsContract,
  blobs: blobsContract,
  transition: transitionContract,
  archive: archiveContract,
  retention: retentionContract,
};

/** A database that contract cases run on, one after the other. */
export interface OpenContract {
  /** Runs one case on an empty store; throws what the case throws. */
  run(contractCase: ContractCase): Promise<void>;
  close(): Promise<void>;
}

/** Where the contract runs. The schema is emptied before every case: give one that holds nothing of worth. */
export type ContractOptions = ConnectionOptions & {
  readonly schema: string;
  readonly blobs?: BlobOptions;
  /** Plain JSON by default. */
  readonly codec?: Codec | undefined;
};

/** Opens a database for contract cases. */
export async function openContract(options: ContractOptions): Promise<OpenContract> {
  const { schema, codec = jsonCodec, blobs = { backend: "postgres" }, ...connection } = options;
  checkSchemaName(schema);
  const blobBackend = await openBlobBackend(resolveBlobs(blobs));
  const database = await openDatabase(resolveConnection(connection));
  const clock = testClock(database, schema);
  try {
    await migrate(database, schema);
    // Where the process that had the schema before was killed, its time may still be ahead.
    await clock.advance(0);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    run: async (contractCase) => {
      await clearSchema(database, schema);
      const store = storeUnderTest(database, { schema, codec, blobBackend });
      // The contents of the rows that were just cleared.
      if (blobBackend) await store.blobs.sweep({ olderThanMs: 0 });
      try {
        await contractCase.run({ store, clock });
      } finally {
        await clock.reset();
        await store.close();
      }
    },
    close: async () => {
      blobBackend?.close();
      await database.close();
    },
  };
}

function storeUnderTest(
  database: Database,
  { blobBackend, ...options }: { schema: string; codec: Codec; blobBackend: ContentBackend | null },
): Store {
  const stayingOpen = { ...database, close: async () => undefined };
  const parts = { ...options, coalesce: true, location: "a store under test" };
  const backend = blobBackend && { ...blobBackend, close: () => undefined };
  return storeOn(stayingOpen, { ...parts, blobBackend: backend });
}
