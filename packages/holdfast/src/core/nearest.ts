/** The number of single-character edits between two words (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Like {@link distance}, but a word cut short, such as "delay" for "delayMs", counts as one edit. */
function edits(from: string, to: string): number {
  const isCut = from.length > 2 && to.length > 2 && (to.startsWith(from) || from.startsWith(to));
  return isCut ? 1 : distance(from, to);
}

/** Nothing this long is a misspelled name, and comparing it would take long too. */
const wordLengthMax = 100;

/** The known word that was probably meant, or null if none is close: at most one edit for every two characters. */
function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > wordLengthMax) return null;
  const lower = word.toLowerCase();
  let best: string | null = null;
  let bestEdits = Math.max(1, Math.floor(word.length / 2)) + 1;
  for (const candidate of known) {
    const needed = edits(lower, candidate.toLowerCase());
    if (needed < bestEdits) [best, bestEdits] = [candidate, needed];
  }
  return best;
}

/** " Did you mean x?", or nothing if no known word is close. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const candidate = nearest(word, known);
  return candidate === null ? "" : ` Did you mean ${candidate}?`;
}
