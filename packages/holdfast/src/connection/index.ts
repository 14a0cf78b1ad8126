export { type DatabaseLocation, locateDatabase } from "../postgres/connection/location.ts";
export type {
  ConnectionOptions,
  Durability,
  FolderOptions,
  ProtocolOptions,
  ServerOptions,
  SslMode,
  StatementOptions,
  TargetSessionAttrs,
} from "../postgres/connection/connection-options.ts";
