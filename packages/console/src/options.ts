import { InvalidInputError } from "holdfast";
import type { PayloadPlace } from "./answers/payload-place.ts";
import type { ActionName } from "./protocol/index.ts";

/** What a request wants to do: to read, or to run an action. */
export type Wish = { readonly kind: "read" } | { readonly kind: "act"; readonly action: ActionName };

/** Decides about a request to the console, before anything is read. A hook that throws refuses it. */
export type Authorize = (request: Request, wish: Wish) => boolean | Promise<boolean>;

/** Changes a payload before it leaves the server, such as by leaving out fields. Nothing is shown of a payload if the hook throws. */
export type Redact = (payload: unknown, place: PayloadPlace) => unknown;

/** How a console behaves. */
export interface ConsoleOptions {
  /** The path that the console is mounted under, such as "/console"; "/" by default. */
  readonly basePath?: string | undefined;
  /** The secret that opens the console: at least 16 characters. Sent as `Authorization: Bearer …`, or typed into the sign-in form. */
  readonly token?: string | undefined;
  /** The application's own decision about each request. With `token` too, both must agree. */
  readonly authorize?: Authorize | undefined;
  /** Whether actions such as retries and pauses are allowed; false by default. */
  readonly allowActions?: boolean | undefined;
  /** Changes every payload before it leaves the server. Bytes of blobs are not downloadable then. */
  readonly redact?: Redact | undefined;
  /** The host names that requests may be for. All of them by default; on loopback without a token, its own names. */
  readonly hosts?: readonly string[] | undefined;
  /** A name for the title bar, such as "production". */
  readonly title?: string | undefined;
  /** The most bytes of a payload on a page; 65,536 by default. */
  readonly previewBytes?: number | undefined;
  /** The most bytes of one download of a payload or a blob; 64 MiB by default. */
  readonly downloadBytes?: number | undefined;
  /** The time limit of one request's reads; 15,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** How often the live page is measured anew, at the soonest; 2,000 by default. Slow measurements make it rarer. */
  readonly sampleMs?: number | undefined;
  /** The most live connections at once; 100 by default. */
  readonly liveMax?: number | undefined;
}

/** Options, checked and complete. */
export interface Settings {
  /** "" for a console at the root, else "/console". */
  readonly basePath: string;
  readonly token: string | null;
  readonly authorize: Authorize | null;
  readonly allowActions: boolean;
  readonly redact: Redact | null;
  readonly hosts: readonly string[] | null;
  readonly title: string | null;
  readonly previewBytes: number;
  readonly downloadBytes: number;
  readonly timeoutMs: number;
  readonly sampleMs: number;
  readonly liveMax: number;
}

/** The names of all options, so that a misspelled one is refused. */
const names: Readonly<Record<keyof ConsoleOptions, true>> = {
  basePath: true,
  token: true,
  authorize: true,
  allowActions: true,
  redact: true,
  hosts: true,
  title: true,
  previewBytes: true,
  downloadBytes: true,
  timeoutMs: true,
  sampleMs: true,
  liveMax: true,
};

const tokenCharsMin = 16;

/** An InvalidInputError about one option. */
export function wrong(field: string, problem: string): InvalidInputError {
  return new InvalidInputError(`${field} ${problem}.`, { facts: { field } });
}

/**
 * Checks options.
 *
 * @throws InvalidInputError
 */
export function checkOptions(options: ConsoleOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(names, name)) throw wrong(name, `is no option: use ${Object.keys(names).join(", ")}`);
  }
  return {
    basePath: checkBasePath(options.basePath ?? "/"),
    token: options.token === undefined ? null : checkToken(options.token),
    authorize: checkHook(options.authorize, "authorize"),
    allowActions: checkFlag(options.allowActions, "allowActions"),
    redact: checkHook(options.redact, "redact"),
    hosts: options.hosts === undefined ? null : checkHosts(options.hosts),
    title: options.title === undefined ? null : checkTitle(options.title),
    previewBytes: checkWhole(options.previewBytes ?? 65_536, "previewBytes", { min: 256, max: 2 ** 24 }),
    downloadBytes: checkWhole(options.downloadBytes ?? 2 ** 26, "downloadBytes", { min: 256, max: 2 ** 30 }),
    timeoutMs: checkWhole(options.timeoutMs ?? 15_000, "timeoutMs", { min: 100, max: 600_000 }),
    sampleMs: checkWhole(options.sampleMs ?? 2000, "sampleMs", { min: 100, max: 3_600_000 }),
    liveMax: checkWhole(options.liveMax ?? 100, "liveMax", { min: 1, max: 10_000 }),
  };
}

function checkBasePath(path: unknown): string {
  if (typeof path !== "string" || !/^(\/[\w.~-]+)*\/?$/.test(path) || /\/\.{1,2}(\/|$)/.test(path)) {
    throw wrong("basePath", 'must be a path of letters, digits, ".", "_", "~" and "-", such as "/console"');
  }
  const base = path.replace(/\/$/, "");
  if (/^\/(api|assets|metrics)(\/|$)/.test(base)) {
    throw wrong("basePath", "begins like a path of the console: use another");
  }
  return base;
}

function checkToken(token: unknown): string {
  if (
    typeof token !== "string" ||
    token.length < tokenCharsMin ||
    token.length > 1000 ||
    !/^[\x21-\x7e]+$/.test(token)
  ) {
    throw wrong(
      "token",
      `must have ${tokenCharsMin} to 1,000 visible ASCII characters: make one by openssl rand -hex 32`,
    );
  }
  return token;
}

function checkHook<F>(hook: F | undefined, field: string): F | null {
  if (hook === undefined) return null;
  if (typeof hook !== "function") throw wrong(field, "must be a function");
  return hook;
}

function checkFlag(flag: unknown, field: string): boolean {
  if (flag === undefined) return false;
  if (typeof flag !== "boolean") throw wrong(field, "must be true or false");
  return flag;
}

function checkHosts(hosts: unknown): readonly string[] {
  const names: readonly unknown[] = Array.isArray(hosts) ? hosts : [];
  const texts = names.filter((name): name is string => typeof name === "string" && /^[\w.:[\]-]+$/.test(name));
  if (texts.length === 0 || texts.length < names.length) {
    throw wrong("hosts", 'must be an array of host names, such as ["console.example.com"]');
  }
  return texts.map((host) => host.toLowerCase());
}

function checkTitle(title: unknown): string {
  if (typeof title !== "string" || title.length > 100) throw wrong("title", "must be a text of at most 100 characters");
  return title;
}

/** Checks a whole number within bounds. */
export function checkWhole(
  value: unknown,
  field: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrong(field, `must be a whole number from ${min} to ${max}`);
}
