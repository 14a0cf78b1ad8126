export { type Console, createConsole } from "./console.ts";
export type { Authorize, ConsoleOptions, Redact, Wish } from "./options.ts";
export type { PayloadPlace } from "./answers/payload-place.ts";
export { type ConsoleServer, serveConsole, type ServeOptions } from "./serve.ts";
