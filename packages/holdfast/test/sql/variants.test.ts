import { describe, expect, test } from "vitest";
import { parseStatement } from "../../../../tools/sql/parse.ts";

describe("a list in both orders", () => {
  const parse = (body: string, header = "-- :many both-orders") =>
    parseStatement("things/list_things.sql", `-- What it does.\n${header}\n${body}`);

  test.each([
    [
      "select id from t where id > :after order by id limit :limit",
      "select id from t where id < $1 order by id desc limit $2",
    ],
    [
      "select id from t where (:after? is null or (a, b) > (:after::timestamptz, :afterId)) order by a, b",
      "select id from t where ($1 is null or (a, b) < ($1::timestamptz, $2)) order by a desc, b desc",
    ],
    [
      "select id from t where a > 1 and id > :after and b < 2 order by coalesce(a, 'x, y'), id",
      "select id from t where a > 1 and id < $1 and b < 2 order by coalesce(a, 'x, y') desc, id desc",
    ],
    [
      "select id from (select id from t where id > :after order by id limit 1) as u order by (id) limit 1",
      "select id from (select id from t where id < $1 order by id desc limit 1) as u order by (id) desc limit 1",
    ],
    [
      "select sum(n) over (order by a rows 1 preceding) from t where a between :lower and :upper order by a, b desc",
      "select sum(n) over (order by a desc rows 1 preceding) from t where a between $1 and $2 order by a desc, b desc",
    ],
    [
      "with recursive f(after) as (select 1 union all select min(id) from t, f where id > f.after) select after from f order by after",
      "with recursive f(after) as (select 1 union all select min(id) from t, f where id < f.after) select after from f order by after desc",
    ],
  ])("turns %s", (ascending, descending) => {
    expect(parse(ascending).variants).toMatchObject({ desc: descending });
    expect(parse(ascending, "-- :many").variants).toBe(null);
  });

  test.each([
    ["no order", "select id from t where id > :after", 'has no "order by" to turn'],
    ["an order that is fixed", "select id from t where id > :after order by id asc", 'has no "order by" to turn'],
    ["no cursor", "select id from t where id > :from order by id", 'compares nothing by ">" with a cursor'],
    ["half a range", "select id from t where id > :lower order by id", 'compares nothing by ">" with a cursor'],
    ["a cursor that is within", "select id from t where id >= :after order by id", 'compares a cursor by ">="'],
    ["descending order", "select id from t where id < :after order by id", 'compares a cursor by "<"'],
    ["a row that equals", "select id from t where (a, b) = (:after, 1) order by id", 'compares a cursor by "="'],
    [
      "a range of cursors",
      "select id from t where id between :after and 7 order by id",
      'compares a cursor by "between"',
    ],
    ["a cursor in front", "select id from t where :after < id order by id", 'compares nothing by ">" with a cursor'],
  ])("is refused with %s", (_, body, problem) => {
    expect(() => parse(body)).toThrow(`things/list_things.sql: ${problem}`);
  });
});

describe("a lock in each mode", () => {
  const parse = (body: string) =>
    parseStatement("things/lock_thing.sql", `-- What it does.\n-- :maybe lock-modes\n${body}`);

  test("waits, fails at once, or skips", () => {
    expect(parse("select id from t where id = :id\nfor no key update;").variants).toEqual({
      wait: "select id from t where id = $1\nfor no key update",
      nowait: "select id from t where id = $1\nfor no key update nowait",
      skip_locked: "select id from t where id = $1\nfor no key update skip locked",
    });
  });

  test.each(["select id from t", "select id from t for update nowait", "select 'for update'"])("is not %s", (body) => {
    expect(() => parse(body)).toThrow('things/lock_thing.sql: ends with no lock, such as "for update"');
  });
});
