/** Texts in quotes, double quotes and dollars, casts, parameters, words, comparisons, and any other character. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|::|:[a-z]\w*\??|\w+|[<>=!]+|\s+|./gi;

/** What ends an `order by`, besides the parenthesis that it stands in. */
const afterOrder = new Set([
  "limit",
  "offset",
  "fetch",
  "for",
  "rows",
  "range",
  "groups",
  "union",
  "except",
  "intersect",
]);

/**
 * Derives a list's statement in descending order from the one in ascending order.
 *
 * Reverses the columns of each `order by` without `asc` or `desc`, and each `>` before an operand whose name begins with `after`. That is
 * the parameter of a cursor, or the column by which a recursion continues. A range between `:lower…` and `:upper…` stays. Throws if it
 * finds nothing to reverse, or if `after…` is compared otherwise.
 */
export function descending(file: string, ascending: string): string {
  const tokens = ascending.match(token) ?? [];
  const orders = turnOrders(tokens);
  const comparisons = turnComparisons(file, tokens);
  if (orders === 0) throw new Error(`${file}: has no "order by" to turn for its other order`);
  if (comparisons === 0 && !(ascending.includes(":lower") && ascending.includes(":upper"))) {
    throw new Error(`${file}: compares nothing by ">" with a cursor, such as :after, to turn for its other order`);
  }
  return tokens.join("");
}

/** Adds `desc` behind the columns of every `order by`; how many there were. */
function turnOrders(tokens: string[]): number {
  let turned = 0;
  for (let i = 0; i < tokens.length; i += 1) {
    if (!isWord(tokens, i, "order") || !isWord(tokens, i + 2, "by")) continue;
    let depth = 0;
    let last = i + 2;
    let isTurned = true;
    for (let at = i + 3; ; at += 1) {
      const each = tokens[at];
      const isEnd = each === undefined || (depth === 0 && (each === ")" || afterOrder.has(each.toLowerCase())));
      if (isEnd || (depth === 0 && each === ",")) {
        if (isTurned) tokens[last] += " desc";
        if (isTurned) turned += 1;
        isTurned = true;
      }
      if (isEnd) break;
      if (/^(asc|desc|nulls|using)$/i.test(each)) isTurned = false;
      if (each.trim() !== "") last = at;
      depth += depthOf(each);
    }
  }
  return turned;
}

/** Makes `<` of every `>` before a cursor; how many there were. */
function turnComparisons(file: string, tokens: string[]): number {
  let turned = 0;
  const operators = tokens.flatMap((each, i) => (/^[<>=!]+$/.test(each) || /^between$/i.test(each) ? [i] : []));
  for (const i of operators) {
    const operand = operandAfter(tokens, i);
    if (!/(^|\W)after/i.test(operand)) continue;
    if (tokens[i] !== ">") {
      throw new Error(`${file}: compares a cursor by "${tokens[i]}": a list of both orders is written with ">" alone`);
    }
    tokens[i] = "<";
    turned += 1;
  }
  return turned;
}

/** What stands behind an operator: a row in parentheses, or all up to the next space, comma or end of the parentheses. */
function operandAfter(tokens: readonly string[], operator: number): string {
  const start = operator + (tokens[operator + 1]?.trim() === "" ? 2 : 1);
  let depth = 0;
  let end = start;
  for (; end < tokens.length; end += 1) {
    const each = tokens[end] ?? "";
    if (depth === 0 && end > start && (/^(\s+|,)$/.test(each) || each === ")")) break;
    depth += depthOf(each);
    if (depth < 0) break;
  }
  return tokens.slice(start, end).join("");
}

function depthOf(each: string): number {
  if (each === "(") return 1;
  return each === ")" ? -1 : 0;
}

function isWord(tokens: readonly string[], at: number, word: string): boolean {
  return tokens[at]?.toLowerCase() === word;
}
