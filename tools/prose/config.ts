/** The most words a sentence has. */
export const WORDS_MAX = 25;

/** Phrases that a native engineer would not write, each with what to write instead. */
export const BANNED_PHRASES: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/(?<!\b(?:all|both|each|most|none|one|some) )\bof which\b/i, "name the thing again, or make a sentence of it"],
  [/\bwhoever\b/i, "name the caller"],
  [/\blest\b/i, '"so that … does not", or the reason first'],
  [/\bwhat is to be\b/i, "name it"],
  [/\b(?:is|are|was) to be had\b/i, '"is available"'],
  [/\btold apart\b/i, '"distinct", or "distinguish"'],
  [/\bgo(?:es|ne)? on with\b/i, '"continues"'],
  [/\bnothing (?:is )?said\b/i, '"by default", or "unspecified"'],
  [/\bis looked at\b/i, '"reads", "checks"'],
  [/\b(?:it|they) (?:is|are) told\b/i, "say who notifies whom"],
  [/\b(?:is|are|was|were|gets?|been|be) told (?:of|that)\b/i, '"receives", "is notified"'],
  [/\btells? of\b/i, '"reports", "notifies"'],
  [/\bmany a\b/i, '"many"'],
  [/\bthe like\b/i, '"similar"'],
  [/\bbut for\b/i, '"except"'],
  [/\bsave for\b/i, '"except"'],
  [
    /\bthereof\b|\btherein\b|\bthereby\b|\bwherein\b|\bwhereby\b|\bwhence\b|\bhence\b|\bthence\b|\bhereby\b/i,
    "a plain word",
  ],
  [/\b(?:nor|so) (?:does|do|is|are|has|have|can|may) (?:it|they|who)\b/i, "subject first"],
  [/\bwherewith\b|\bforthwith\b|\baught\b|\bought\b|\bamid\b|\balbeit\b|\bunbeknown\b|\bhitherto\b/i, "a plain word"],
  [/\bone another's\b/i, '"each other\'s"'],
  [/\b(?:for|to|by|of|from) who\b/i, "name the caller"],
  [/^who \w+s [^?]*$/i, "name the caller"],
  [/\bas it were\b|\bso to speak\b|\bin due course\b/i, "nothing"],
  [/\bwhat(?:ever)? there is\b/i, "name it"],
  [/\bat one's\b|\bone's own\b/i, '"your own", "its own"'],
];

/** Files that are not checked, each with its reason. */
export const LEFT_OUT: readonly (readonly [path: RegExp, reason: string])[] = [
  [/\.generated\.ts$|^docs\/schema\.sql$/, "generated from text that is checked where it is written"],
  [/^bench\//, "its descriptions are part of stored results, which npm run bench:page writes into pages"],
  [/^docs\/internals\//, "records of measurements, and pages that are written from them"],
];
