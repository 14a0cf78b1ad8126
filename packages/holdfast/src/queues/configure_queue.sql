-- Changes settings of a queue, which need not have a job yet. Each given setting changes, to a value or to none.
-- Index: queues_pkey. Locks: the queue.
-- :exec
insert into holdfast.queues as queue (name, concurrency, concurrency_per_group, rate_limit, rate_period_ms, aging_ms, timeout_ms)
values (:queue::text, :concurrency?::integer, :concurrencyPerGroup?::integer, :rateLimit?::integer, :ratePeriodMs?::bigint,
  :agingMs?::bigint, :timeoutMs?::bigint)
on conflict (name) do update set
  concurrency = case when :setsConcurrency::boolean then excluded.concurrency else queue.concurrency end,
  concurrency_per_group = case when :setsConcurrencyPerGroup::boolean then excluded.concurrency_per_group
    else queue.concurrency_per_group end,
  rate_limit = case when :setsRate::boolean then excluded.rate_limit else queue.rate_limit end,
  rate_period_ms = case when :setsRate::boolean then excluded.rate_period_ms else queue.rate_period_ms end,
  -- A new token bucket is full.
  rate_full_at = case when :setsRate::boolean then null else queue.rate_full_at end,
  aging_ms = case when :setsAging::boolean then excluded.aging_ms else queue.aging_ms end,
  timeout_ms = case when :setsTimeout::boolean then excluded.timeout_ms else queue.timeout_ms end
