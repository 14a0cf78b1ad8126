import type pg from "pg";
import { type ErrorFacts, HoldfastError, InvalidInputError, UnavailableError } from "../core/errors.ts";
import { quote, shorten } from "../core/quote.ts";
import { describeType } from "../core/settings/readers.ts";
import type { ServerHost, ServerSettings } from "./connection/connection-settings.ts";
import { describeHost } from "./connection/describe.ts";
import { explainTlsFailure } from "./connection/tls-failure.ts";
import { isLoginImpossible, onPasswordAsked } from "./wire/driver-internals.ts";

/** The subject of a server's refusal of a login, by its SQLSTATE. */
type Refused = "password" | "user" | "database" | "options";

const refusals: ReadonlyMap<string, Refused> = new Map([
  ["28P01", "password"],
  ["28000", "user"],
  ["3D000", "database"],
  // Session settings that the server does not know, or whose values it refuses.
  ["42704", "options"],
  ["22023", "options"],
]);

/** PgBouncer reports these with the code of a broken protocol. */
const poolersWords: readonly (readonly [RegExp, Refused])[] = [
  [/authentication failed|no such user/i, "password"],
  [/no such database|database .* does not exist/i, "database"],
];

function whatIsRefused(error: Error): Refused | undefined {
  const code = "code" in error ? String(error.code) : "";
  if (code !== "08P01") return refusals.get(code);
  return poolersWords.find(([words]) => words.test(error.message))?.[1];
}

/** One client's login: gives the password when the server asks for one, and explains a refusal. */
export class Login {
  readonly #settings: ServerSettings;
  readonly #host: ServerHost;
  /** The server's method of authentication, in the words of pg_hba.conf; null while it has not asked. */
  #method: string | null = null;

  constructor(settings: ServerSettings, host: ServerHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** Notes the method that the server asks for. */
  watch(client: pg.ClientBase): void {
    onPasswordAsked(client, (method) => (this.#method = method));
  }

  /** The stated password. The driver asks for it when the server does, and so looks for none elsewhere. */
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

  /** Explains a refused login, in words that say what to do; other errors stay as they are. */
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
    if (!isLoginImpossible(error)) return null;
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
