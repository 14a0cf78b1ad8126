/**
 * Flags of a Node.js process that runs an embedded database for a few seconds: to compile PostgreSQL a second time, better, would
 * cost it more than it could gain.
 */
export const shortLived: readonly string[] = ["--liftoff-only"];
