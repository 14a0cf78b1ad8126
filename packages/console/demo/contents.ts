import type { Store } from "holdfast";

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Entries of kv, snapshots with former versions, blobs and kept events. */
export async function fillContents(store: Store): Promise<void> {
  await store.kv.setMany([
    ...Array.from({ length: 30 }, (_, i) => ({
      prefix: "sessions",
      key: `user-${i}`,
      value: json({ user: i, roles: ["admin"] }),
      ttlMs: 86_400_000,
    })),
    { prefix: "settings", key: "theme", value: json({ dark: true, accent: "#3366ff" }) },
    { prefix: "settings", key: "banner", value: new TextEncoder().encode("Maintenance on Sunday") },
    { prefix: "settings", key: "logo", value: Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256) },
    { prefix: "settings", key: "nothing", value: null },
  ]);
  await fillSnapshots(store);
  await fillBlobs(store);
}

async function fillSnapshots(store: Store): Promise<void> {
  for (let version = 1n; version <= 5n; version += 1n) {
    const payload = json({
      account: "acme",
      balance: Number(version) * 120,
      entries: Array.from({ length: Number(version) }, (_, i) => ({ entry: i, amount: 120 })),
    });
    await store.snapshots.write({
      persistenceId: "account-acme",
      version,
      payload,
      manifest: "account",
      shard: 1,
      keep: 10,
    });
  }
  for (const tenant of ["globex", "initech"]) {
    await store.snapshots.write({
      persistenceId: `account-${tenant}`,
      version: 1n,
      payload: json({ account: tenant, balance: 0 }),
      manifest: "account",
    });
  }
}

/** Blobs, an execution that refers to them, and an event that nobody has taken. */
async function fillBlobs(store: Store): Promise<void> {
  await store.blobs.upload("invoices/2026/INV-1.txt", "Invoice 1\nTotal: 120.00\n", {
    contentType: "text/plain",
    metadata: { tenant: "acme" },
  });
  await store.blobs.upload("media/frame.bin", new Uint8Array(200_000), { contentType: "application/octet-stream" });
  await store.correlations.deliver({ key: "payment:unknown-order", payload: { amount: 12 }, dedupeId: "evt-1" });
  await store.executions.create({
    id: "with-blobs",
    labels: { tenant: "acme" },
    status: "running",
    input: { invoice: store.blobs.ref("invoices/2026/INV-1.txt"), large: "x".repeat(200_000) },
    state: { frame: store.blobs.ref("media/frame.bin"), html: "<img src=x onerror=alert(1)>" },
  });
}
