import { hostname } from "node:os";
import { v7 } from "uuid";

/** The most characters of a machine's name: with the rest, a holder stays within the bytes that an id may have. */
const hostLengthMax = 64;

/** Who claims, for people who look at what is claimed: the machine, the process, and which one of it. */
export function newHolder(): string {
  return `${hostname().slice(0, hostLengthMax)}:${process.pid}:${v7()}`;
}
