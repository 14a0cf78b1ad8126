export type { TestClock } from "./clock.ts";
export { testSchema, type TestSchema, type TestSchemaOptions } from "./test-schema.ts";
export { testStore, type TestStore } from "./test-store.ts";
