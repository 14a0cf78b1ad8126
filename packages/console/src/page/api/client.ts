import {
  type ActionName,
  type ActionOutcome,
  actionPath,
  type Actions,
  type AnswerOf,
  type ErrorAnswer,
  type ParametersOf,
  type Payload,
  requestHeader,
  type RoutePath,
  type Session,
  signInPath,
  signOutPath,
} from "../../protocol/index.ts";
import { mountPath, queryOf } from "./base.ts";

/** What the server refused or could not do. The message is meant for the reader. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly field: string | null;
  readonly isRetryable: boolean;

  constructor(message: string, options: { code: string; field?: string | null; isRetryable?: boolean }) {
    super(message);
    this.code = options.code;
    this.field = options.field ?? null;
    this.isRetryable = options.isRetryable ?? false;
  }
}

async function answer<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("The console's server does not answer. Is it still running?", {
      code: "unreachable",
      isRetryable: true,
    });
  }
  if (response.ok) return (await response.json()) as T;
  const { error } = await response.json().then(
    (body: ErrorAnswer) => body,
    () => ({ error: unknownError(response.status) }),
  );
  throw new ApiError(error.message, error);
}

function unknownError(status: number): ErrorAnswer["error"] {
  return { code: "internal", message: `The server answered ${status}.`, field: null, isRetryable: status >= 500 };
}

/** Reads a route. */
export function read<P extends RoutePath>(
  path: P,
  parameters: ParametersOf<P>,
  signal?: AbortSignal,
): Promise<AnswerOf<P>> {
  return answer(fetch(`${mountPath}${path}${queryOf(parameters)}`, { signal: signal ?? null }));
}

/** Reads a payload by the path that an answer gave for it. */
export function readPayload(path: string, signal?: AbortSignal): Promise<Payload> {
  return answer(fetch(`${mountPath}${path}`, { signal: signal ?? null }));
}

function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json", [requestHeader]: "page" };
  return answer(fetch(`${mountPath}${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Does something to the store. */
export function act<N extends ActionName>(name: N, input: Actions[N]): Promise<ActionOutcome> {
  return post(actionPath(name), input);
}

/** Signs in by the console's token. */
export function signIn(token: string): Promise<Session> {
  return post(signInPath, { token });
}

/** Signs out. */
export function signOut(): Promise<Session> {
  return post(signOutPath, {});
}
