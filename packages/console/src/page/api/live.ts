import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { type LiveEvents, livePath, type Topic } from "../../protocol/index.ts";
import { setServerTime } from "../parts/time.tsx";
import { mountPath, queryOf } from "./base.ts";

/** Whether changes arrive by themselves. */
export type LiveState = "idle" | "connecting" | "live" | "reconnecting";

type Listener<Name extends keyof LiveEvents> = (event: LiveEvents[Name]) => void;

const topicsMax = 20;

/** The one stream of events of the page. What is on the screen says which topics it carries. */
export class Live {
  #state: LiveState = "idle";
  #source: EventSource | null = null;
  #opened = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #topics = new Map<Topic, number>();
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  readonly #stateListeners = new Set<() => void>();

  get state(): LiveState {
    return this.#state;
  }

  /** Calls a listener when the state changes. Returns what stops it. */
  readonly onState = (listener: () => void): (() => void) => {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  };

  /** Calls a listener for each event of a name. Returns what stops it. */
  on<Name extends keyof LiveEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Carries topics until the returned function is called. */
  watch(topics: readonly Topic[]): () => void {
    for (const topic of topics) this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    this.#reopenSoon();
    return () => {
      for (const topic of topics) {
        const left = (this.#topics.get(topic) ?? 1) - 1;
        if (left === 0) this.#topics.delete(topic);
        else this.#topics.set(topic, left);
      }
      this.#reopenSoon();
    };
  }

  /** A page leaves its topics just before the next brings its own: one new stream does for both. */
  #reopenSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reopen(), 30);
  }

  #reopen(): void {
    const query = queryOf({ topic: [...this.#topics.keys()].toSorted().slice(0, topicsMax) });
    if (query === this.#opened) return;
    this.#opened = query;
    this.#source?.close();
    this.#source = null;
    // A page that follows another is as live, as far as is known.
    if (query === "") this.#setState("idle");
    else if (this.#state === "idle") this.#setState("connecting");
    if (query === "") return;
    const source = new EventSource(`${mountPath}${livePath}${query}`);
    this.#source = source;
    source.addEventListener("error", () => {
      this.#setState("reconnecting");
      // The browser gives up after an answer that is no stream, such as one of a server that is starting.
      if (source.readyState !== EventSource.CLOSED || source !== this.#source) return;
      this.#opened = "";
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#reopen(), 2000);
    });
    for (const name of ["hello", "sample", "changed", "execution", "tasks"] as const) this.#forward(source, name);
  }

  #forward<Name extends keyof LiveEvents>(source: EventSource, name: Name): void {
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      this.#setState("live");
      const event = JSON.parse(data) as LiveEvents[Name];
      for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Name>)(event);
    });
  }

  #setState(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener();
  }
}

/** The stream of this page. */
export const live: Live = new Live();

/** Carries topics while a component is shown. */
export function useTopics(...topics: readonly Topic[]): void {
  const key = topics.join("\n");
  useEffect(() => live.watch(key === "" ? [] : (key.split("\n") as Topic[])), [key]);
}

/** Whether changes arrive by themselves. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(live.onState, () => live.state);
}

/** The longest lists that are read again by themselves, in pages; above, the reader sees a note instead. */
const livePagesMax = 3;

/** Reads again what is on the screen when its topics change, at most once a second, and everything after a gap. */
export function followChanges(client: QueryClient, onNews: (queryHash: string) => void): void {
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    const topics = new Set(changed);
    changed.clear();
    void client.invalidateQueries({
      predicate: ({ meta, state, queryHash }) => {
        if (!topicsOf(meta).some((topic) => topics.has(topic))) return false;
        if (pagesOf(state.data) <= livePagesMax) return true;
        onNews(queryHash);
        return false;
      },
    });
  };
  let isFirst = true;
  const add = (topics: readonly string[]): void => {
    for (const topic of topics) changed.add(topic);
    timer ??= setTimeout(flush, 1000);
  };
  live.on("changed", ({ topics }) => add(topics));
  // Of tasks that were written, this is all that tells.
  live.on("execution", ({ id }) => add([`execution:${id}`]));
  live.on("hello", ({ at, isResumed }) => {
    setServerTime(Date.parse(at));
    if (!isResumed && !isFirst) void client.invalidateQueries({ predicate: ({ meta }) => topicsOf(meta).length > 0 });
    isFirst = false;
  });
}

function topicsOf(meta: Record<string, unknown> | undefined): readonly string[] {
  const topics = meta?.["topics"];
  return Array.isArray(topics) ? (topics as readonly string[]) : [];
}

function pagesOf(data: unknown): number {
  if (typeof data !== "object" || data === null || !("pages" in data)) return 1;
  return Array.isArray(data.pages) ? data.pages.length : 1;
}
