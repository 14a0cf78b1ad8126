import type { Console } from "@holdfast/console";
import type { LiveEvents } from "@holdfast/console/protocol";
import { until } from "../../../holdfast/test/support/waiting.ts";
import { origin } from "./calls.ts";

type EventName = keyof LiveEvents;

/** A live connection of a test. */
export interface Listening {
  /** Waits for an event that passes, among those that came and those to come. Each is found once. */
  first<E extends EventName>(name: E, passes?: (event: LiveEvents[E]) => boolean): Promise<LiveEvents[E]>;
  /** The id of the newest event. */
  readonly lastId: string;
  /** Whether the server has ended the stream. */
  readonly isOver: boolean;
  stop(): Promise<void>;
}

/** Opens a live connection, as a browser does. */
export async function listen({ fetch }: Console, query: string, lastEventId?: string): Promise<Listening> {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await fetch(new Request(`${origin}/api/live?${query}`, { headers }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (response.status !== 200 || reader === undefined) throw new Error(`the live page answered ${response.status}`);
  const events: { readonly name: string; readonly data: unknown }[] = [];
  let lastId = "";
  let isOver = false;
  const readAll = async (): Promise<void> => {
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = new Map(
          block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(": ") + 2)]),
        );
        lastId = fields.get("id") ?? lastId;
        const name = fields.get("event");
        if (name !== undefined) events.push({ name, data: JSON.parse(fields.get("data") ?? "null") });
      }
    }
    isOver = true;
  };
  const reading = readAll().catch(() => {
    isOver = true;
  });
  return {
    first: async (name, passes = () => true) => {
      type Data = Parameters<typeof passes>[0];
      const place = (): number => events.findIndex((event) => event.name === name && passes(event.data as Data));
      await until(() => place() !== -1 || isOver);
      const [found] = events.splice(place(), 1);
      if (found?.name !== name) throw new Error(`the stream ended before ${name}`);
      return found.data as Data;
    },
    get lastId() {
      return lastId;
    },
    get isOver() {
      return isOver;
    },
    stop: async () => {
      await reader.cancel();
      await reading;
    },
  };
}
