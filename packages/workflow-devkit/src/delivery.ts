import { createWorkflowHealthEndpoint, createWorkflowUrl } from "@workflow/utils";
import { getWorkflowPort } from "@workflow/utils/get-port";
import { parseQueueName } from "@workflow/world";
import type { ClaimedJob, JobContext } from "holdfast";
import { Agent, request } from "undici";
import { headersOf, type Message } from "./queue.ts";

/** Answers a delivery, as the route of the application does: what the engine's entry point of workflows is. */
export type Deliver = (request: Request) => Promise<Response>;

/** Where deliveries go: to a server, or to a function in this process. */
export interface Destination {
  readonly baseUrl?: string | undefined;
  readonly deliver?: Deliver | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** How long a message waits that reached nobody. It costs no attempt: the application may be starting. */
const unreachedMs = 1000;

/** Delivers messages until it is closed. */
export class Delivery {
  readonly #destination: Destination;
  // A delivery takes as long as the steps that it runs.
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  /** Delivers the message of a job. It stays for later where the answer says so. */
  async handle(job: ClaimedJob, context: JobContext): Promise<void> {
    const answer = await this.#send(job, context.signal);
    if (answer === null) {
      await context.release({ delayMs: unreachedMs });
      return;
    }
    const { status, text } = answer;
    if (status >= 300) throw new Error(`The delivery of message ${job.id} was answered with ${status}: ${text}`);
    const { timeoutSeconds } = (text === "" ? {} : JSON.parse(text)) as { readonly timeoutSeconds?: unknown };
    if (typeof timeoutSeconds === "number") await context.release({ delayMs: Math.ceil(timeoutSeconds * 1000) });
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #send(job: ClaimedJob, signal: AbortSignal): Promise<Answer | null> {
    // The store has no other writer of such jobs.
    const message = job.payload as Message;
    const [headers, body] = [headersOf(message, job), JSON.stringify(message.body)];
    const { deliver } = this.#destination;
    const type = parseQueueName(message.queueName).kind === "workflow" ? "flow" : "step";
    if (deliver !== undefined) {
      const url = createWorkflowUrl("http://localhost", { type });
      const response = await deliver(new Request(url, { method: "POST", headers, body }));
      return { status: response.status, text: await response.text() };
    }
    const baseUrl = await this.#baseUrl();
    if (baseUrl === null) return null;
    try {
      const options = { method: "POST", headers, body, signal, dispatcher: this.#agent } as const;
      const response = await request(createWorkflowUrl(baseUrl, { type }), options);
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      if (isUnreached(error)) return null;
      throw error;
    }
  }

  /** As the engine's own Worlds find it. The server may begin to listen after this World was made. */
  async #baseUrl(): Promise<string | null> {
    const { WORKFLOW_LOCAL_BASE_URL: stated, PORT } = process.env;
    const given = this.#destination.baseUrl ?? stated;
    if (given !== undefined) return given;
    const port = PORT ?? (await getWorkflowPort({ endpoint: createWorkflowHealthEndpoint() }));
    return port === undefined ? null : `http://localhost:${port}`;
  }
}

function isUnreached(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}
