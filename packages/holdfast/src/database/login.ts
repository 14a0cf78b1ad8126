import type pg from "pg";
import { type ErrorFacts, HoldfastError, InvalidInputError, UnavailableError } from "../errors.ts";
import { quote, shorten } from "../quote.ts";
import type { ServerHost, ServerSettings } from "./settings/connection-settings.ts";
import { describeHost } from "./settings/describe.ts";
import { describeType } from "./settings/readers.ts";
import { explainTlsFailure } from "./settings/tls-failure.ts";

/** What a server's refusal to let a client in is about, by its SQLSTATE. */
type Refused = "password" | "user" | "database" | "options";

const refusals: ReadonlyMap<string, Refused> = new Map([
  ["28P01", "password"],
  ["28000", "user"],
  ["3D000", "database"],
  // Settings of the session that the server does not know, or whose values it does not take.
  ["42704", "options"],
  ["22023", "options"],
]);

/** PgBouncer gives these the code of a broken protocol. */
const poolersWords: readonly (readonly [RegExp, Refused])[] = [
  [/authentication failed|no such user/i, "password"],
  [/no such database|database .* does not exist/i, "database"],
];

/** How the driver tells of a login that it cannot go through with. */
const driversWords = /^(SASL: |Unknown authentication)/;

function whatIsRefused(error: Error): Refused | undefined {
  const code = "code" in error ? String(error.code) : "";
  if (code !== "08P01") return refusals.get(code);
  return poolersWords.find(([words]) => words.test(error.message))?.[1];
}

/** One client's way in: gives the password when the server asks for one, and says why it was not let in. */
export class Login {
  readonly #settings: ServerSettings;
  readonly #host: ServerHost;
  /** How the server asks for the password, in the words of pg_hba.conf; null while it has not asked. */
  #method: string | null = null;

  constructor(settings: ServerSettings, host: ServerHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** Notes by which method the server asks. */
  watch(connection: pg.Connection): void {
    connection.once("authenticationCleartextPassword", () => (this.#method = "password"));
    connection.once("authenticationMD5Password", () => (this.#method = "md5"));
    connection.once("authenticationSASL", ({ mechanisms }: { readonly mechanisms: readonly string[] }) => {
      this.#method = (mechanisms.find((name) => name === "SCRAM-SHA-256") ?? mechanisms.join(" ")).toLowerCase();
    });
  }

  /** The password that was stated. The driver asks for it when the server does, and so looks for none elsewhere. */
  async password(): Promise<string> {
    const stated = this.#settings.password?.reveal();
    if (stated === undefined) {
      throw this.#refused(
        "password",
        `asks for the password of user ${this.#user}${this.#byMethod}, and none is given: give it as password, in the URL, ` +
          "or as PGPASSWORD",
      );
    }
    if (typeof stated === "string") return stated;
    const given = await this.#call(stated);
    if (typeof given === "string" && given !== "") return given;
    const what = given === "" ? "an empty string" : describeType(given);
    throw new InvalidInputError(`password is a function that returned ${what}: return the password as a string.`, {
      facts: this.#facts("password"),
    });
  }

  async #call(give: () => unknown): Promise<unknown> {
    try {
      return await give();
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      throw new UnavailableError("password is a function that threw an error: see the cause.", {
        cause,
        retryable: true,
        facts: this.#facts("password"),
      });
    }
  }

  /** Why the server did not let the client in, in words that say what to do; other errors stay as they are. */
  explain(error: Error): Error {
    if (error instanceof HoldfastError) return error;
    return explainTlsFailure(error, this.#host) ?? this.#explainRefusal(error) ?? error;
  }

  #explainRefusal(error: Error): Error | null {
    const { database, options } = this.#settings;
    const refused = whatIsRefused(error);
    if (refused === "password") {
      const problem = `refuses user ${this.#user} with the password that is given${this.#byMethod}`;
      return this.#refused(refused, `${problem}: correct the user or the password`, error);
    }
    if (refused === "user") {
      const problem = `does not let user ${this.#user} in (${error.message})`;
      return this.#refused(refused, `${problem}: correct the user, or let it in there`, error);
    }
    if (refused === "database") {
      const problem = `cannot open database ${quote(database)} (${error.message})`;
      return this.#refused(refused, `${problem}: create it, or correct the name`, error);
    }
    if (refused === "options" && options !== null) {
      return this.#refused(refused, `refuses the options (${error.message}): correct them`, error);
    }
    if (!driversWords.test(error.message)) return null;
    const message = `${describeHost(this.#host)} and this client cannot agree on a login of user ${this.#user} (${error.message})`;
    return new UnavailableError(
      `${message}: let the server ask for scram-sha-256, and check that it is the right one.`,
      {
        cause: error,
        facts: this.#facts("password"),
      },
    );
  }

  #refused(field: Refused, problem: string, cause?: Error): InvalidInputError {
    return new InvalidInputError(`${describeHost(this.#host)} ${problem}.`, { facts: this.#facts(field), cause });
  }

  get #user(): string {
    return quote(this.#settings.user);
  }

  get #byMethod(): string {
    return this.#method === null ? "" : ` (${this.#method})`;
  }

  #facts(field: Refused): ErrorFacts {
    const { user, database } = this.#settings;
    const { name: host, port } = this.#host;
    return { field, user: shorten(user), database: shorten(database), host, port, method: this.#method };
  }
}
