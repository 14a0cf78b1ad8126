import type { ConnectionSettings } from "./connection-settings.ts";

/** A database as OpenTelemetry's semantic conventions name it. Never the user or the password. */
export function targetOf(
  settings: ConnectionSettings,
  schema: string,
): Readonly<Record<string, string | number | undefined>> {
  const system = { "db.system.name": "postgresql" };
  if (settings.kind !== "server") return { ...system, "db.namespace": schema };
  const [host] = settings.hosts;
  return {
    ...system,
    "db.namespace": `${settings.database}|${schema}`,
    "server.address": host?.name,
    "server.port": host?.port,
  };
}
