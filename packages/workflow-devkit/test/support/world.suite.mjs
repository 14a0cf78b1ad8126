// All tests that the engine has for Worlds.
import { createTestSuite } from "@workflow/world-testing";

createTestSuite(new URL("our-world.mjs", import.meta.url).href);
