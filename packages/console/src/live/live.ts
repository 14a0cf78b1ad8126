import type { Store } from "holdfast";
import { Refusal } from "../answers/failures.ts";
import type { Settings } from "../options.ts";
import type { Sample, Topic } from "../protocol/index.ts";
import { LiveClient } from "./client.ts";
import { Hub } from "./hub.ts";

/** The live connections of a console. Nothing runs while nobody watches. */
export interface Live {
  /** A stream of server-sent events about these topics. @throws Refusal above the limit of connections. */
  connect(topics: ReadonlySet<Topic>, lastEventId: string | null): ReadableStream<Uint8Array>;
  /** The samples of the last minutes. Asking begins the sampling, for a short while. */
  samples(): readonly Sample[];
  /** The number of open connections. */
  readonly connections: number;
  /** Ends all connections, and whatever runs for them. */
  close(): Promise<void>;
}

/** The live connections to a store. */
export function liveOf(store: Store, { sampleMs, liveMax }: Pick<Settings, "sampleMs" | "liveMax">): Live {
  const hub = new Hub(store, sampleMs);
  return {
    connect: (topics, lastEventId) => {
      if (hub.clients.size >= liveMax) {
        throw new Refusal(
          "busy",
          `The console has ${liveMax} live connections, its limit: close some, or raise liveMax.`,
        );
      }
      const client = new LiveClient(topics);
      hub.join(client, lastEventId);
      return streamOf(hub, client);
    },
    samples: () => hub.recentSamples(),
    get connections() {
      return hub.clients.size;
    },
    close: () => hub.close(),
  };
}

/** The stream asks for the next text only when the last one was sent: a slow reader is no burden. */
function streamOf(hub: Hub, client: LiveClient): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const text = await client.next(() => hub.eventId());
        if (text === null) controller.close();
        else controller.enqueue(encoder.encode(text));
      },
      cancel: () => hub.leave(client),
    },
    { highWaterMark: 0 },
  );
}
