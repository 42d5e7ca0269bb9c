import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { chat, type Settings } from "./wire";

const LIST = ["conversations"] as const;
const TITLE_COMES_MS = 1500;
const MOST_LOOKS = 40;

const one = (id: string) => ["conversation", id] as const;
const messagesOf = (id: string) => ["messages", id] as const;

/** The conversations that one has, the last changed first, as many pages of them as were asked for. */
export function useConversations() {
  const query = useInfiniteQuery({
    queryKey: LIST,
    queryFn: ({ pageParam }) => chat.conversations(pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  const conversations = useMemo(() => query.data?.pages.flatMap((page) => page.conversations) ?? [], [query.data]);
  return { ...query, conversations };
}

/** One conversation; looked at again while a model makes its title, which then is in the list too. */
export function useConversation(id: string) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: one(id),
    queryFn: () => chat.open(id),
    refetchInterval: ({ state }) =>
      state.data?.titled_by === "coming" && state.dataUpdateCount < MOST_LOOKS ? TITLE_COMES_MS : false,
  });
  const titledBy = query.data?.titled_by;
  useEffect(() => {
    if (titledBy === "model") {
      void queries.invalidateQueries({ queryKey: LIST });
    }
  }, [queries, titledBy]);
  return query;
}

/** Keep what holds for the next turns of a conversation. */
export function useSettle(id: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (settings: Settings) => chat.change(id, settings), onSuccess: () => refresh(id) });
}

/** The messages of the branch that is looked at, the first of those that are here first. */
export function useMessages(id: string) {
  const query = useInfiniteQuery({
    queryKey: messagesOf(id),
    queryFn: ({ pageParam }) => chat.messages(id, pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  const messages = useMemo(() => query.data?.pages.flatMap((page) => page.messages).reverse() ?? [], [query.data]);
  return { ...query, messages };
}

/** Ask anew for a conversation, and for the list that it stands in. Settles when its messages are here. */
export function useRefresh() {
  const queries = useQueryClient();
  return async (id: string) => {
    void queries.invalidateQueries({ queryKey: LIST });
    void queries.invalidateQueries({ queryKey: one(id) });
    await queries.invalidateQueries({ queryKey: messagesOf(id) });
  };
}

export function useRename(id: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (title: string) => chat.change(id, { title }), onSuccess: () => refresh(id) });
}

export function useRemove(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => chat.remove(id),
    onSuccess: () => {
      queries.removeQueries({ queryKey: one(id) });
      queries.removeQueries({ queryKey: messagesOf(id) });
      return queries.invalidateQueries({ queryKey: LIST });
    },
  });
}
