import type { Secret } from "../../core/settings/secret.ts";
import type { Durability, SslMode, TargetSessionAttrs } from "./connection-options.ts";
import type { Password } from "./connection-settings.ts";

/** Every setting besides the location, read and checked; null = not stated, with a default that depends on others. */
export interface SettingValues {
  readonly host: readonly string[] | null;
  readonly hostAddress: readonly string[] | null;
  readonly port: readonly (number | null)[] | null;
  readonly user: string | null;
  readonly password: Password | null;
  readonly database: string | null;
  readonly ssl: SslMode | null;
  readonly sslRootCert: string | null;
  readonly sslCert: string | null;
  readonly sslKey: string | null;
  readonly sslPassword: Secret<string> | null;
  readonly channelBinding: "disable" | "prefer" | "require";
  readonly targetSessionAttrs: TargetSessionAttrs | null;
  readonly poolMax: number;
  readonly poolMin: number | null;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly healthCheckMs: number;
  readonly keepAlive: boolean;
  readonly keepAliveIdleMs: number;
  readonly applicationName: string | null;
  readonly fallbackApplicationName: string;
  readonly options: string | null;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly preparedStatements: boolean | null;
  readonly pooler: "none" | "transaction";
  readonly durability: Durability;
}

/** The name of a setting, which is also its name as an option. */
export type SettingName = keyof SettingValues;
