import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Store } from "holdfast";
import { accessOf } from "./access/access.ts";
import { payloadsOf } from "./answers/payloads.ts";
import { appOf } from "./app.ts";
import { liveOf } from "./live/live.ts";
import { checkOptions, type ConsoleOptions, type Settings, wrong } from "./options.ts";
import { pageFiles } from "./page-files.ts";

/** A console, to be mounted in a server. */
export interface Console {
  /** Answers a request. A standard Fetch handler, for Hono, Bun, Deno and others. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Answers a request of Node's own server, of Express and of Fastify. */
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends the live connections. The store stays open. */
  close(): Promise<void>;
}

/**
 * Makes a console of a store, to mount under any path of a server.
 *
 * The server decides who reaches it, so the console insists on a check of its own: a `token`, or an `authorize` hook. If the application
 * has checked each request already, say so by `authorize: () => true`.
 *
 * @throws InvalidInputError for wrong options, naming them, and without a `token` or an `authorize` hook.
 */
export function createConsole(store: Store, options: ConsoleOptions): Console {
  const settings = checkOptions(options);
  if (settings.token === null && settings.authorize === null) {
    throw wrong(
      "token",
      "or an authorize hook is missing: without them, everybody who reaches the server would read the store",
    );
  }
  return consoleOf(store, settings);
}

/** A console with checked settings. */
export function consoleOf(store: Store, settings: Settings): Console {
  const live = liveOf(store, settings);
  const parts = { store, settings, live, show: payloadsOf(settings) };
  const app = appOf(parts, accessOf(settings), pageFiles());
  const fetch = async (request: Request): Promise<Response> => app.fetch(request);
  // Node.js's request says who asks.
  const listen = getRequestListener(async (request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  return {
    fetch,
    listener: (request, response) => {
      // Express hides the path that a handler is mounted under, and keeps the whole here.
      if ("originalUrl" in request && typeof request.originalUrl === "string") request.url = request.originalUrl;
      void listen(request, response);
    },
    close: () => live.close(),
  };
}
