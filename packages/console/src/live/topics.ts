import { badInput } from "../answers/failures.ts";
import type { Topic } from "../protocol/index.ts";

/** The most topics of one connection. */
const topicsMax = 20;

const plainTopics: readonly Topic[] = ["overview", "executions", "jobs", "queues", "timers", "schedules"];

/** Reads the topics of a live connection. @throws InvalidInputError */
export function readTopics(query: URLSearchParams): ReadonlySet<Topic> {
  const unknown = [...query.keys()].find((name) => name !== "topic");
  if (unknown !== undefined) throw badInput(unknown.slice(0, 100), "is unknown here: give topic");
  const given = query.getAll("topic");
  if (given.length === 0 || given.length > topicsMax) {
    throw badInput("topic", `must be given once to ${topicsMax} times`);
  }
  return new Set(given.map(readTopic));
}

function readTopic(given: string): Topic {
  if (/^(execution|job):./su.test(given) && Buffer.byteLength(given) <= 300) return given as Topic;
  const topic = plainTopics.find((each) => each === given);
  if (topic === undefined) {
    throw badInput("topic", `must be one of: ${plainTopics.join(", ")}, execution:ID, job:ID`);
  }
  return topic;
}

/** The ids behind topics of one record, such as those of `execution:ID`. */
export function idsOf(topics: ReadonlySet<Topic>, kind: "execution" | "job"): readonly string[] {
  const start = `${kind}:`;
  return [...topics].flatMap((topic) => (topic.startsWith(start) ? [topic.slice(start.length)] : []));
}
