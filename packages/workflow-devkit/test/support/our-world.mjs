// The World that the engine's own suite tests, on the database that the environment names.
import { createWorld as create } from "../../dist/index.js";

export const createWorld = () => {
  const { HOLDFAST_SUITE_URL: url } = process.env;
  return create(url === undefined ? { memory: true } : { url });
};
