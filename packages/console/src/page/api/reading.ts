import {
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { AnswerOf, Page, ParametersOf, RoutePath, Topic } from "../../protocol/index.ts";
import { ApiError, read } from "./client.ts";
import { followChanges, useTopics } from "./live.ts";

/** What the page has read, and reads again when it changes. */
export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && (!(error instanceof ApiError) || error.isRetryable),
    },
  },
});

const news = new Set<string>();
const newsListeners = new Set<() => void>();

function tellNews(): void {
  for (const listener of newsListeners) listener();
}

followChanges(queryClient, (queryHash) => {
  news.add(queryHash);
  tellNews();
});

/** Reads a route, and again when one of the topics changes. */
export function useRead<P extends RoutePath>(
  path: P,
  parameters: ParametersOf<P>,
  options: { readonly topics?: readonly Topic[]; readonly isEnabled?: boolean } = {},
): UseQueryResult<AnswerOf<P>> {
  const { topics = [], isEnabled = true } = options;
  useTopics(...topics);
  return useQuery<AnswerOf<P>>({
    queryKey: [path, parameters],
    queryFn: ({ signal }) => read(path, parameters, signal),
    meta: { topics },
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  });
}

/** Paths that answer pages of a list. */
export type ListPath = { [P in RoutePath]: AnswerOf<P> extends Page<unknown> ? P : never }[RoutePath];

/** An item of a list. */
export type ItemOf<P extends ListPath> = AnswerOf<P> extends Page<infer T> ? T : never;

/** A list that is read page by page. */
export interface List<T> {
  readonly items: readonly T[];
  readonly error: Error | null;
  readonly isLoading: boolean;
  readonly isLoadingMore: boolean;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  /** Reads the list again, from its first page. */
  readonly restart: () => void;
  /** Whether the list has changed since it was read; a short one is read again by itself. */
  readonly hasNews: boolean;
}

const pageItems = 100;

/** Reads a list page by page as the reader scrolls. */
export function useList<P extends ListPath>(
  path: P,
  parameters: Omit<ParametersOf<P>, "after" | "limit">,
  options: { readonly topics?: readonly Topic[]; readonly isEnabled?: boolean } = {},
): List<ItemOf<P>> {
  const { topics = [], isEnabled = true } = options;
  useTopics(...topics);
  const client = useQueryClient();
  const queryKey = useMemo(() => [path, "list", parameters], [path, JSON.stringify(parameters)]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => {
      const page = { ...parameters, after: pageParam, limit: pageItems } as ParametersOf<P>;
      return read(path, page, signal) as Promise<Page<ItemOf<P>>>;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    meta: { topics },
    enabled: isEnabled,
  });
  const hash = JSON.stringify(queryKey);
  const hasNews = useSyncExternalStore(subscribeNews, () => news.has(hash));
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage]);
  const restart = useCallback(() => {
    news.delete(hash);
    tellNews();
    void client.resetQueries({ queryKey, exact: true });
  }, [client, queryKey, hash]);
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return {
    items,
    error: query.error,
    isLoading: query.isPending && isEnabled,
    isLoadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    loadMore,
    restart,
    hasNews,
  };
}

function subscribeNews(listener: () => void): () => void {
  newsListeners.add(listener);
  return () => newsListeners.delete(listener);
}
