export { type FollowOptions, HoldfastEventStore, type StreamedEvent } from "./event-store.ts";
