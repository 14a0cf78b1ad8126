import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeOnEach } from "../../holdfast/test/support/databases.ts";
import { contract, type ContractCase, type ContractOptions, openContract, type OpenContract } from "../src/index.ts";
import { methodsOf, watched, watchedCalls } from "./support/watched.ts";

/** A case whose store must give nothing that is not JSON. */
const onWatched = (contractCase: ContractCase): ContractCase => ({
  name: contractCase.name,
  run: ({ store, clock }) => contractCase.run({ store: watched(store), clock }),
});

/** Every case of the contract, on one way of opening a database. */
function runContract(open: () => Promise<ContractOptions>): void {
  let opened: OpenContract;
  let passed = 0;
  beforeAll(async () => {
    opened = await openContract(await open());
  });
  afterAll(() => opened.close());
  for (const [subject, cases] of Object.entries(contract)) {
    describe(subject, () => {
      for (const contractCase of cases) {
        test(contractCase.name, async () => {
          await opened.run(onWatched(contractCase));
          passed += 1;
        });
      }
    });
  }
  test("calls every method, and all that they give is JSON", async (context) => {
    if (passed < Object.values(contract).flat().length) context.skip("some of the cases did not run");
    await opened.run({
      name: "methods",
      run: async ({ store }) => {
        await watched(store).migrate();
        await watched(store).migrations();
        expect(methodsOf(store).filter((name) => !watchedCalls.has(name))).toEqual([]);
      },
    });
  });
}

describeOnEach("the contract", (database) => {
  runContract(async () => ({ ...(await database.prepared()), schema: "holdfast" }));
});

// The embedded database has one connection anyway; and the oldest server differs from the newest in neither.
describeOnEach(
  "the contract in another schema, on one connection",
  (database) => {
    runContract(async () => ({ ...(await database.options()), schema: "another_schema", poolMax: 1 }));
  },
  (name) => name !== "embedded" && name !== "postgres-15",
);
