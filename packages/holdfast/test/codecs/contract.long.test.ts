import { randomBytes } from "node:crypto";
import { contract, openContract, type OpenContract } from "@holdfast/contract";
import { afterAll, beforeAll, describe, test } from "vitest";
import { encryptingCodec } from "../../src/codecs/encrypting-codec.ts";

/** Cases that count the characters of plain JSON, or need a value to be written alike each time. */
const ofPlainJson = new Set([
  "a value above the threshold is spilled and comes back, and a smaller one stays",
  "an ended execution may be written again as it is",
  "a state that is saved again as it is replaces nothing",
]);

// Under a codec that writes nothing as it was given, whatever reads or compares payloads without it shows.
describe("the contract, encrypted", () => {
  let opened: OpenContract;
  beforeAll(async () => {
    const codec = encryptingCodec({ keys: { k: randomBytes(32) }, current: "k" });
    opened = await openContract({ memory: true, schema: "holdfast", codec });
  });
  afterAll(() => opened.close());

  for (const [subject, cases] of Object.entries(contract)) {
    describe(subject, () => {
      for (const contractCase of cases.filter(({ name }) => !ofPlainJson.has(name))) {
        test(contractCase.name, () => opened.run(contractCase));
      }
    });
  }
});
