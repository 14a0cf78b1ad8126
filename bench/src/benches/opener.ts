/** Opens a store in a process of its own, and says how many milliseconds that took: `opener.ts PLACE`. */
import { openStore } from "holdfast";

/** Where an embedded store is. */
export type EmbeddedPlace = { readonly folder: string } | { readonly memory: true };

const place = JSON.parse(process.argv[2] ?? "") as EmbeddedPlace;
const startedAt = performance.now();
const store = await openStore(place);
console.log(performance.now() - startedAt);
await store.close();
