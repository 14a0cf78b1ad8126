/** What hunts draw from: a seed gives the same draws again, though not the same order of callers. */
let state = 0;
let draws = 0;

/** Begins a row of draws anew. */
export function seedChance(seed: number): void {
  state = seed >>> 0;
  draws = 0;
}

/** A number from 0 up to 1, by mulberry32. */
export function chance(): number {
  draws++;
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

/** A few of the items, in an order of chance. */
export function some<T>(items: readonly T[], count: number): readonly T[] {
  return shuffled(items).slice(0, count);
}

/** One of the items. */
export function one<T>(items: readonly T[]): T {
  const item = items[Math.floor(chance() * items.length)];
  if (item === undefined) throw new Error("There is none to choose from.");
  return item;
}

export function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Ids in a number, like "job-07": their order is that of the numbers. */
export function ids(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${kind}-${String(i).padStart(2, "0")}`);
}

/** Letters that bytes, UTF-16 units and a language each put in an order of their own. */
const letters = ["a", "B", "é", "z", "_", "\u{FFFD}", "\u{1F600}"];

/** Ids that stand in every order but that of their numbers. */
export function mixedIds(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${letters[i % letters.length]}-${kind}-${i}`);
}

/** Ids that callers of the same moment share, and that nobody had before: several of them make the same rows at once. */
export function newIds(kind: string, count: number): readonly string[] {
  return mixedIds(`${kind}-${Math.floor(draws / 400)}`, count);
}

/** A batch of ids in an order of chance: some that stand, and some that are being made. */
export function batchOf(standing: readonly string[], kind: string): readonly string[] {
  return some([...standing, ...newIds(kind, 8)], 2 + Math.floor(chance() * 8));
}
