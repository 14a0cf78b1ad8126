import { afterAll, beforeAll, describe, test } from "vitest";
import { contract, openContract, type ContractOptions, type OpenContract } from "../src/testing/index.ts";
import { describeOnEach } from "./support/databases.ts";

/** Every case of the contract, on one way of opening a database. */
function runContract(open: () => Promise<ContractOptions>): void {
  let opened: OpenContract;
  beforeAll(async () => {
    opened = await openContract(await open());
  });
  afterAll(() => opened.close());
  for (const [subject, cases] of Object.entries(contract)) {
    describe(subject, () => {
      for (const contractCase of cases) test(contractCase.name, () => opened.run(contractCase));
    });
  }
}

describeOnEach("the contract", (database) => {
  runContract(async () => ({ ...(await database.options()), schema: "holdfast" }));
});

// The embedded database has one connection anyway; and the oldest server differs from the newest in neither.
describeOnEach(
  "the contract in another schema, on one connection",
  (database) => {
    runContract(async () => ({ ...(await database.options()), schema: "another_schema", poolMax: 1 }));
  },
  (name) => name !== "embedded" && name !== "postgres-15",
);
