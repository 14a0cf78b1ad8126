import { Refusal } from "../answers/failures.ts";
import type { Settings, Wish } from "../options.ts";
import { type CookiePlace, tokenCheck } from "./token.ts";

/** Decides who may use a console. */
export interface Access {
  readonly signIn: "token" | "none";
  /** Whether the request may do what it wishes. */
  isAllowed(request: Request, wish: Wish): Promise<boolean>;
  /** @throws Refusal unless the request may do what it wishes. */
  require(request: Request, wish: Wish): Promise<void>;
  /** The value of Set-Cookie for the token. @throws Refusal for a wrong one. */
  signInWith(token: string, place: CookiePlace): string;
  /** The value of Set-Cookie that ends a sign-in; null without a token. */
  signOut(place: CookiePlace): string | null;
}

/** The access to a console with these settings. Without a token or a hook, everybody who reaches it has it. */
export function accessOf({ token, authorize }: Pick<Settings, "token" | "authorize">): Access {
  const check = token === null ? null : tokenCheck(token);
  const isSignedIn = (request: Request): boolean => check === null || check.isSignedIn(request.headers);
  const isAuthorized = async (request: Request, wish: Wish): Promise<boolean> => {
    if (authorize === null) return true;
    try {
      // Only true admits: a hook without types may answer anything.
      const answer: unknown = await authorize(request, wish);
      return answer === true;
    } catch (error) {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.emitWarning("The console's authorize hook threw, so a request was refused.", {
        type: "HoldfastConsoleWarning",
        detail,
      });
      return false;
    }
  };
  return {
    signIn: check === null ? "none" : "token",
    isAllowed: async (request, wish) => isSignedIn(request) && (await isAuthorized(request, wish)),
    require: async (request, wish) => {
      if (!isSignedIn(request)) throw new Refusal("unauthorized", "The console needs its token: sign in.");
      if (!(await isAuthorized(request, wish))) throw new Refusal("forbidden", "The application does not allow this.");
    },
    signInWith: (given, place) => {
      if (check === null) throw new Refusal("not_found", "The console has no token to sign in with.");
      if (!check.isToken(given)) throw new Refusal("unauthorized", "The token is wrong: copy it once more.");
      return check.signInCookie(place);
    },
    signOut: (place) => check?.signOutCookie(place) ?? null,
  };
}
