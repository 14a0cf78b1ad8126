/**
 * Flags of a Node.js process that runs an embedded database for a few seconds. Compiling PostgreSQL a second time, with optimizations,
 * would cost more than it gains.
 */
export const shortLived: readonly string[] = ["--liftoff-only"];
