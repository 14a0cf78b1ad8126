import { createHash, createHmac, timingSafeEqual } from "node:crypto";

const cookieName = "holdfast_console";

/** How long a sign-in lasts. */
const signedInMs = 12 * 3600 * 1000;

/** Checks the console's token, and the cookies of browsers that gave it. */
export interface TokenCheck {
  /** Whether the given token is the console's. Takes the same time for any wrong one. */
  isToken(given: string): boolean;
  /** Whether a request carries the token, or the cookie of a sign-in that still lasts. */
  isSignedIn(headers: Headers): boolean;
  /** The value of Set-Cookie for a sign-in. It holds a proof of the token, never the token. */
  signInCookie(request: CookiePlace): string;
  /** The value of Set-Cookie that ends a sign-in. */
  signOutCookie(request: CookiePlace): string;
}

/** Where a cookie is valid. */
export interface CookiePlace {
  readonly path: string;
  readonly isSecure: boolean;
}

/** The checks of a token. */
export function tokenCheck(token: string): TokenCheck {
  const key = createHmac("sha256", token).update("holdfast console sign-in").digest();
  const proofOf = (until: string): string => createHmac("sha256", key).update(until).digest("base64url");
  const isToken = (given: string): boolean => isSame(given, token);
  return {
    isToken,
    isSignedIn: (headers) => {
      const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
      if (bearer !== undefined) return isToken(bearer);
      const [until = "", proof = ""] = cookieOf(headers)?.split(".") ?? [];
      return isSame(proof, proofOf(until)) && Number(until) > Date.now();
    },
    signInCookie: (place) => {
      const until = String(Date.now() + signedInMs);
      return cookie(`${until}.${proofOf(until)}`, signedInMs / 1000, place);
    },
    signOutCookie: (place) => cookie("", 0, place),
  };
}

/** Digests have one length, so the comparison takes the same time wherever two texts differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(headers: Headers): string | undefined {
  const pairs = (headers.get("cookie") ?? "").split(/; */);
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
}

function cookie(value: string, seconds: number, { path, isSecure }: CookiePlace): string {
  const secure = isSecure ? "; Secure" : "";
  return `${cookieName}=${value}; Max-Age=${seconds}; Path=${path}; HttpOnly; SameSite=Strict${secure}`;
}
