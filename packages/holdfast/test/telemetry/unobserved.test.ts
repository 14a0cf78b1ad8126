import { describe, expect, test } from "vitest";
import { tracedCall, tracedTransaction } from "../../src/telemetry/calls.ts";
import { processing, receiving, sending } from "../../src/telemetry/messaging.ts";
import { loadOpenTelemetry, openTelemetry } from "../../src/telemetry/open-telemetry.ts";
import { Sdk } from "./sdk.ts";

const message = { id: "j", queue: "q", traceContext: null };
const unused = (): never => {
  throw new Error("Nobody observes, so nothing is described.");
};

describe("without an SDK", () => {
  test("calls, pushes, claims and handlers are the plain functions, although the API is loaded", async () => {
    await loadOpenTelemetry();
    expect(openTelemetry()).not.toBeNull();
    const answer = Promise.resolve(null);
    const call = (): Promise<null> => answer;
    expect(tracedCall({}, unused, call)).toBe(answer);
    expect(tracedTransaction({}, call)).toBe(answer);
    expect(sending([message], {}, call)).toBe(answer);
    expect(receiving(unused, {}, { receive: call, messagesOf: unused })).toBe(answer);
    expect(processing(unused, () => answer)).toBe(answer);
  });

  test("a push sends the very messages that it was given; with one, others that carry its trace", async () => {
    const given = [message];
    expect(await sending(given, {}, async (sent) => sent)).toBe(given);
    const sdk = new Sdk();
    const [traced] = await sending(given, {}, async (sent) => sent);
    expect(traced?.traceContext).toContain(sdk.only("push q").spanContext().traceId);
  });
});
