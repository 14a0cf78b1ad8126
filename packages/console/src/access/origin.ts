import { Refusal } from "../answers/failures.ts";
import { requestHeader } from "../protocol/index.ts";

/** The names of a loopback address in a URL. */
export const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Refuses requests for other host names. A foreign site whose name was made to resolve to this machine (DNS rebinding) sends its own name
 * here.
 *
 * @throws Refusal
 */
export function checkHost(url: URL, hosts: readonly string[] | null): void {
  if (hosts === null || hosts.includes(url.hostname) || hosts.includes(url.host)) return;
  throw new Refusal("forbidden", `The console does not answer for the host ${url.hostname}: name it in hosts.`);
}

/**
 * Refuses requests that the page of another site has made. Browsers say so, and pages cannot change it.
 *
 * @throws Refusal
 */
export function checkNotForeign(request: Request, url: URL): void {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const isForeign = site !== null && site !== "same-origin" && site !== "none";
  if (isForeign || (origin !== null && hostOf(origin) !== url.host)) {
    throw new Refusal("forbidden", "The request comes from another site: open the console itself.");
  }
}

/**
 * Refuses requests that change something unless they carry a header and a type that another site's page cannot send.
 *
 * @throws Refusal
 */
export function checkDeliberate(request: Request): void {
  if (request.headers.get(requestHeader) === null) {
    throw new Refusal("forbidden", `The request lacks the header ${requestHeader}: send it with any value.`);
  }
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new Refusal("invalid_input", "The request must have the content type application/json.", "content-type");
  }
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    // Such as "null", which sandboxed pages send.
    return null;
  }
}
