import type { Console } from "@holdfast/console";
import type { ActionName, Actions, AnswerOf, ErrorAnswer, ParametersOf, RoutePath } from "@holdfast/console/protocol";

/** The address that the requests of tests are for; nothing listens there. */
export const origin = "http://console.test";

/** An answer: its status, its headers, and its body as JSON. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Reads a route of a console, as the page does. */
export async function read<P extends RoutePath>(
  { fetch }: Pick<Console, "fetch">,
  path: P,
  parameters: ParametersOf<P>,
  headers: Readonly<Record<string, string>> = {},
): Promise<AnswerOf<P>> {
  const { status, body } = await ask(fetch, `${path}?${queryOf(parameters)}`, { headers });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body as AnswerOf<P>;
}

/** Runs an action, as the page does. */
export async function act<A extends ActionName>(
  { fetch }: Pick<Console, "fetch">,
  name: A,
  input: Actions[A],
): Promise<Answer<unknown>> {
  return ask(fetch, `/api/actions/${name}`, { method: "POST", headers: deliberate, body: JSON.stringify(input) });
}

/** The headers that a request needs to change something. */
export const deliberate: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "x-holdfast-console": "1",
};

/** Sends any request. */
export async function ask(fetch: Console["fetch"], path: string, init: RequestInit = {}): Promise<Answer<unknown>> {
  const response = await fetch(new Request(`${origin}${path}`, init));
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
}

/** The error of an answer. */
export function errorOf({ body }: Answer<unknown>): ErrorAnswer["error"] {
  return (body as ErrorAnswer).error;
}

function queryOf(parameters: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters) as [string, unknown][]) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) query.append(name, String(each));
  }
  return query.toString();
}
