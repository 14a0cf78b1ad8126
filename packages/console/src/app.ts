import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Access } from "./access/access.ts";
import { protect } from "./access/headers.ts";
import { checkDeliberate, checkHost, checkNotForeign } from "./access/origin.ts";
import { Throttle } from "./access/throttle.ts";
import { badInput, failureOf, Refusal, reportUnexpected, statusOf } from "./answers/failures.ts";
import { readObject, readQuery, text } from "./answers/parameters.ts";
import { readTopics } from "./live/topics.ts";
import type { Wish } from "./options.ts";
import type { PageFiles } from "./page-files.ts";
import { actionPath, livePath, metricsPath, signInPath, signOutPath } from "./protocol/index.ts";
import { actions, isAction } from "./routes/actions.ts";
import { downloadBlob, downloadPayload } from "./routes/downloads.ts";
import { findPayload } from "./routes/payload.ts";
import type { Asked, DefineRoute, Parts } from "./routes/route.ts";
import { defineRoutes } from "./routes/routes.ts";
import { sessionOf } from "./routes/session.ts";

/** The most bytes of the body of a request, and the most characters of its URL. */
const bodyBytesMax = 64 * 1024;
const urlCharsMax = 16 * 1024;

/** The routes of a console, without the path that it is mounted under. */
export function appOf(parts: Parts, access: Access, files: PageFiles): Hono {
  const app = new Hono({ getPath: (request) => pathBelow(parts.settings.basePath, request.url) });
  app.onError((error, c) => {
    reportUnexpected(error);
    const answer = failureOf(error);
    return c.json(answer, statusOf[answer.error.code]);
  });
  app.use(async (c, next) => {
    await next();
    protect(c.res.headers);
  });
  app.use(async (c, next) => {
    if (c.req.url.length > urlCharsMax) throw badInput("url", `has more than ${urlCharsMax} characters: ask for less`);
    checkHost(new URL(c.req.url), parts.settings.hosts);
    await next();
  });
  throttleTokens(app, new Throttle());
  api(app, parts, access);
  app.get(metricsPath, async (c) => {
    checkNotForeign(c.req.raw, new URL(c.req.url));
    await access.require(c.req.raw, { kind: "read" });
    const { text: figures, contentType } = await parts.store.metrics();
    return c.body(figures, 200, { "content-type": contentType });
  });
  page(app, parts, files);
  return app;
}

/** Refuses addresses that gave too many wrong tokens. Cookies are not counted: their proofs cannot be guessed. */
function throttleTokens(app: Hono, throttle: Throttle): void {
  app.use(async (c, next) => {
    const givesToken = c.req.header("authorization") !== undefined || c.req.path === signInPath;
    if (!givesToken) return next();
    const address = addressOf(c);
    throttle.require(address);
    await next();
    if (c.res.status === statusOf.unauthorized) throttle.addWrong(address);
  });
}

/** The address of the client. Behind `fetch` alone it is unknown, and all clients count together. */
function addressOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: IncomingMessage };
  return incoming?.socket.remoteAddress ?? "";
}

/** Frameworks differ in whether they take the path away that a handler is mounted under, so both are understood. */
function pathBelow(basePath: string, url: string): string {
  const { pathname } = new URL(url);
  const isBelow = basePath !== "" && (pathname === basePath || pathname.startsWith(`${basePath}/`));
  return isBelow ? pathname.slice(basePath.length) || "/" : pathname;
}

function api(app: Hono, parts: Parts, access: Access): void {
  app.use("/api/*", async (c, next) => {
    checkNotForeign(c.req.raw, new URL(c.req.url));
    if (c.req.method === "POST") checkDeliberate(c.req.raw);
    await next();
  });
  app.use(
    "/api/*",
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: () => {
        throw new Refusal("too_large", `The body has more than ${bodyBytesMax} bytes: send less.`);
      },
    }),
  );
  app.get("/api/session", async (c) => c.json(await sessionOf(c.req.raw, access, parts)));
  signing(app, parts, access);
  reading(app, parts, access);
  acting(app, parts, access);
  app.all("/api/*", (c) => {
    throw new Refusal("not_found", `The console has no route ${c.req.method} ${c.req.path.slice(0, 200)}.`);
  });
}

function signing(app: Hono, parts: Parts, access: Access): void {
  const place = (c: Context): { readonly path: string; readonly isSecure: boolean } => ({
    path: `${parts.settings.basePath}/`,
    // Behind a proxy that ends TLS, only the browser knows the address that it has opened.
    isSecure: [c.req.url, c.req.header("origin") ?? ""].some((address) => address.startsWith("https:")),
  });
  app.post(signInPath, async (c) => {
    const { token } = readObject({ token: text }, await bodyOf(c));
    c.header("set-cookie", access.signInWith(token, place(c)));
    // The cookie counts from the next request on, so the token itself is shown here.
    const signedIn = new Request(c.req.url, { headers: { authorization: `Bearer ${token}` } });
    return c.json(await sessionOf(signedIn, access, parts));
  });
  app.post(signOutPath, async (c) => {
    const cookie = access.signOut(place(c));
    if (cookie !== null) c.header("set-cookie", cookie);
    return c.json(await sessionOf(new Request(c.req.url), access, parts));
  });
}

function reading(app: Hono, parts: Parts, access: Access): void {
  const ask = async (c: Context): Promise<{ readonly query: URLSearchParams; readonly asked: Asked }> => {
    await access.require(c.req.raw, { kind: "read" });
    return { query: new URL(c.req.url).searchParams, asked: askedOf(parts) };
  };
  const route: DefineRoute = (path, shape, answer) => {
    app.get(path, async (c) => {
      const { query, asked } = await ask(c);
      return c.json(await answer(readQuery(shape, query), asked));
    });
  };
  defineRoutes(route);
  app.get("/api/payload", async (c) => {
    const { query, asked } = await ask(c);
    const { payload, place } = await findPayload(query, asked.limited);
    return c.json(parts.show.showGiven(payload, place));
  });
  app.get("/api/payload/download", async (c) => {
    const { query, asked } = await ask(c);
    return downloadPayload(query, asked);
  });
  app.get("/api/blob/download", async (c) => {
    const { query, asked } = await ask(c);
    return downloadBlob(query, asked, c.req.raw.signal);
  });
  app.get(livePath, async (c) => {
    const { query } = await ask(c);
    const topics = readTopics(query);
    // An answer without a body would leave its connection open for ever.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    const stream = parts.live.connect(topics, c.req.header("last-event-id") ?? null);
    // Proxies that gather answers would hold the events back.
    return c.body(stream, 200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
  });
}

function acting(app: Hono, parts: Parts, access: Access): void {
  app.post("/api/actions/:name", async (c) => {
    const name = c.req.param("name");
    if (!isAction(name)) throw new Refusal("not_found", "The console has no such action.");
    const wish: Wish = { kind: "act", action: name };
    await access.require(c.req.raw, wish);
    if (!parts.settings.allowActions) {
      throw new Refusal("read_only", `The console is read-only: ${actionPath(name)} needs allowActions.`);
    }
    return c.json(await actions[name](await bodyOf(c), askedOf(parts).limited));
  });
}

function askedOf(parts: Parts): Asked {
  return { ...parts, limited: parts.store.with({ timeoutMs: parts.settings.timeoutMs }) };
}

async function bodyOf(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badInput("body", "is not JSON: send a JSON object");
  }
}

function page(app: Hono, parts: Parts, files: PageFiles): void {
  const { basePath } = parts.settings;
  app.get("*", (c) => {
    // Relative addresses in the page count from the slash.
    if (basePath !== "" && new URL(c.req.url).pathname === basePath) return c.redirect(`${basePath}/`, 308);
    const file = files.file(c.req.path);
    if (file !== null) {
      const cacheControl = file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache";
      return c.body(file.bytes, 200, { "content-type": file.type, "cache-control": cacheControl });
    }
    // A file that is asked for by name and missing is no page of the console.
    const index = /\.\w+$/.test(c.req.path) ? null : files.indexFor(basePath);
    if (index === null) throw new Refusal("not_found", "The console has no such page.");
    return c.html(index, 200, { "cache-control": "no-cache" });
  });
  app.all("*", (c) => {
    throw new Refusal("not_found", `The console has no route ${c.req.method} ${c.req.path.slice(0, 200)}.`);
  });
}
