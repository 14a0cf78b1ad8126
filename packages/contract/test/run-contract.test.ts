import { describe, expect, test } from "vitest";
import { describeOnServers } from "../../holdfast/test/support/databases.ts";
import { type CaseResult, contract, runContract, selectCases } from "../src/index.ts";
import { contractSchemas } from "./support/command.ts";

const few = "kv: a set";

describe("cases of the contract", () => {
  test("are selected by their title, in their order, whatever the case of the letters", () => {
    expect(selectCases()).toHaveLength(Object.values(contract).flat().length);
    const jobs = selectCases("JOBS: ");
    expect(new Set(jobs.map(({ subject }) => subject))).toEqual(new Set(["jobs"]));
    expect(jobs.map(({ name }) => name)).toEqual(contract["jobs"]?.map(({ name }) => name));
    expect(selectCases("there is no such title")).toEqual([]);
  });

  test("have titles of their own", () => {
    const titles = selectCases().map(({ subject, name }) => `${subject}: ${name}`);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.for([
    [{ concurrency: 0 }, "concurrency"],
    [{ concurrency: 2 }, "concurrency"],
    [{ caseTimeoutMs: 1.5 }, "caseTimeoutMs"],
    [{ only: "there is no such title" }, "only"],
  ] as const)("do not run with %j on one session", async ([options, field]) => {
    const running = runContract({ memory: true, ...options });
    await expect(running).rejects.toMatchObject({ code: "invalid_input", facts: { field } });
  });
});

describeOnServers("a run of the contract", (database) => {
  test("tells each result once, as the cases end, and all of them in the contract's order", async () => {
    const options = await database.options();
    const told: CaseResult[] = [];
    const report = await runContract({ ...options, only: few, concurrency: 3, onResult: (each) => told.push(each) });
    const results = report.results.map(({ subject, name }) => `${subject}: ${name}`);
    expect(results).toEqual(selectCases(few).map(({ subject, name }) => `${subject}: ${name}`));
    expect(new Set(told)).toEqual(new Set(report.results));
    expect(told).toHaveLength(report.results.length);
    expect(told.every(({ outcome, error }) => outcome === "passed" && error === null)).toBe(true);
  });

  test("gives a case up that takes too long, goes on in another schema, and removes both", async () => {
    const options = await database.options();
    const { results, leftSchemas } = await runContract({ ...options, only: few, caseTimeoutMs: 1 });
    for (const { outcome, error } of results) {
      expect({ outcome, error: String(error) }).toEqual({
        outcome: "failed",
        error: "Error: The case did not end within 0.001 s.",
      });
    }
    expect(leftSchemas).toEqual([]);
    expect(await contractSchemas("url" in options ? options.url : "")).toEqual([]);
  });

  test("begins no case after the signal", async () => {
    const options = await database.options();
    const { results, stopped } = await runContract({ ...options, only: few, signal: AbortSignal.abort() });
    expect(stopped).toBe("signal");
    expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual(
      selectCases(few).map(() => "skipped: the run was stopped"),
    );
  });
});
