import pg from "pg";
import type { Contender } from "./bench.ts";

/** The same contender while another session holds a snapshot from before its work, so that what it makes dead cannot be cleaned up. */
export function withHeldSnapshot(contender: Contender): Contender {
  return {
    ...contender,
    name: `${contender.name}, snapshot held`,
    open: async (place) => {
      const trial = await contender.open(place);
      const holder = new pg.Client({ connectionString: place.url });
      await holder.connect();
      await holder.query("begin isolation level repeatable read");
      await holder.query("select count(*) from pg_class");
      return {
        ...trial,
        close: async () => {
          await holder.end();
          await trial.close();
        },
      };
    },
  };
}
