import type { SystemReport } from "../protocol/index.ts";
import { plain } from "../rows/plain.ts";
import type { Asked, DefineRoute } from "./route.ts";

/** The route about the state of the store and the console. */
export function systemRoutes(route: DefineRoute): void {
  route("/api/system", {}, (_, asked) => systemOf(asked));
}

/** A store that cannot answer has no sizes and no migrations, but a diagnosis. */
async function systemOf({ store, limited, settings, live }: Asked): Promise<SystemReport> {
  const [health, diagnosis, stats, migrations] = await Promise.all([
    store.health(),
    store.diagnose(),
    limited.stats().catch(() => null),
    store.migrations().catch(() => []),
  ]);
  return {
    at: new Date().toISOString(),
    location: health.location,
    schema: store.schema,
    isHealthy: health.isHealthy && diagnosis.isHealthy,
    roundTripMs: health.roundTripMs,
    error: health.error,
    checks: diagnosis.checks,
    migrations: migrations.map(({ name, appliedAt }) => ({ name, appliedAt: plain(appliedAt) })),
    bytes: stats?.bytes ?? 0,
    tables: stats?.tables ?? [],
    connections: { ...stats?.connections },
    settings: {
      basePath: `${settings.basePath}/`,
      needsToken: settings.token !== null,
      hasAuthorizeHook: settings.authorize !== null,
      allowActions: settings.allowActions,
      isRedacted: settings.redact !== null,
      hosts: settings.hosts?.join(", ") ?? null,
      previewBytes: settings.previewBytes,
      downloadBytes: settings.downloadBytes,
      timeoutMs: settings.timeoutMs,
      sampleMs: settings.sampleMs,
      liveMax: settings.liveMax,
      liveConnections: live.connections,
    },
  };
}
