export type { JobCounts, Queue, QueueCountOptions, Queues, QueueSettings, Rate } from "./queues.ts";
