import { page, text, whole, word } from "../answers/parameters.ts";
import { pageOf, plain } from "../rows/plain.ts";
import { eventRow, scheduleRow, timerRow, waitRow } from "../rows/time.ts";
import type { DefineRoute } from "./route.ts";

/** The routes about timers, waits, events and schedules. */
export function timeRoutes(route: DefineRoute): void {
  const executionId = text.optional();
  const timer = { executionId, status: word(["scheduled", "claimed", "fired", "canceled"]).optional() };
  route("/api/timers", { ...timer, ...page }, async (given, { limited, show }) =>
    pageOf(await limited.timers.list(given), (each) => timerRow(show, each)),
  );
  const wait = { executionId, key: text.optional(), status: word(["waiting", "delivered", "expired"]).optional() };
  route("/api/waits", { ...wait, ...page }, async (given, { limited, show }) =>
    pageOf(await limited.correlations.list(given), (each) => waitRow(show, each)),
  );
  route("/api/events", { key: text, ...page }, async (given, { limited, show }) =>
    pageOf(await limited.correlations.events(given), (event) => eventRow(show, event)),
  );
  const schedule = { queue: text.optional(), status: word(["active", "paused", "ended"]).optional() };
  route("/api/schedules", { ...schedule, ...page }, async (given, { limited }) =>
    pageOf(await limited.schedules.list(given), scheduleRow),
  );
  route("/api/schedules/upcoming", { limit: page.limit }, async ({ limit = 100 }, { limited }) =>
    (await limited.schedules.upcoming(limit)).map(plain),
  );
  route(
    "/api/schedule",
    { id: text, ticks: whole(1, 1000).optional() },
    async ({ id, ticks = 10 }, { limited, show }) => {
      const [schedule, moments] = await limited.read([
        (nouns) => nouns.schedules.require(id),
        (nouns) => nouns.schedules.preview(id, ticks),
      ]);
      const payload = show.show(schedule.payload, { of: "schedule", id });
      return { ...scheduleRow(schedule), payload, ticks: moments.map((at) => at.toISOString()) };
    },
  );
}
