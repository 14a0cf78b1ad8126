import type { Store } from "holdfast";
import { testStore } from "holdfast/testing";

/** A store in memory with a few of each thing: made in a tenth of the demo's time. */
export async function smallStore(): Promise<Store> {
  const { store } = await testStore();
  const steps = [
    { id: "reserve", after: [] },
    { id: "charge", after: ["reserve"] },
  ];
  await store.definitions.publish({
    name: "order-fulfilment",
    document: { steps: steps.slice(0, 1) },
    status: "active",
  });
  await store.definitions.publish({ name: "order-fulfilment", document: { steps }, status: "active" });
  const definition = { name: "order-fulfilment", version: "active" } as const;
  for (const [place, status] of (["running", "failed", "succeeded", "failed"] as const).entries()) {
    await store.executions.create({
      id: `order-fulfilment-${place + 1}`,
      definition,
      labels: { tenant: place === 2 ? "globex" : "acme" },
    });
    await store.executions.setStatus(`order-fulfilment-${place + 1}`, status);
  }
  await store.queues.configure("webhooks", { concurrency: 5 });
  await store.jobs.pushMany(["thumbnails", "thumbnails", "webhooks"].map((queue) => ({ queue })));
  await store.schedules.save({ id: "nightly-report", queue: "reports", cron: "0 2 * * *" });
  for (let version = 1n; version <= 5n; version += 1n) {
    const payload = new TextEncoder().encode(
      JSON.stringify({ account: "acme", balance: Number(version) * 120, open: true }),
    );
    await store.snapshots.write({ persistenceId: "account-acme", version, payload, keep: 10 });
  }
  return store;
}
