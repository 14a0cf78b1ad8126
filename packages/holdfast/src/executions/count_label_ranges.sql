-- Counts the executions that have a label in each of the ranges, up to a limit, in input order. Reads no more than that. With a hidden limit
-- and the order of the index, the planner makes no bitmap of the whole range.
-- Index: execution_labels_value.
-- :many
select (
    select count(*)
    from (
      select from holdfast.execution_labels as label
      where label.name = span.name
        and (label.number, label.text) >= (span.low_number, span.low_text)
        and (label.number, label.text) < (span.high_number, span.high_text)
      order by label.number, label.text
      limit (select :limit::bigint)
    ) as found
  ) as "count!"
from unnest((select :rangeNames::text[]), :lowNumbers::float8[], :lowTexts::text[], :highNumbers::float8[], :highTexts::text[])
  with ordinality as span(name, low_number, low_text, high_number, high_text, position)
order by span.position
