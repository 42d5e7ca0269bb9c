import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { deleteObject, type Entry, getObject, listObjects, putObject, type Section, type Sections } from "./sections";

const allOf = (section: Section) => ["objects", section] as const;
const oneOf = (section: Section, name: string) => ["object", section, name] as const;

/** All objects of a section that one may read, by name. Page after page comes by itself: `isComplete` says when. */
export function useObjects<S extends Section>(section: S) {
  const query = useInfiniteQuery({
    queryKey: allOf(section),
    queryFn: ({ pageParam }) => listObjects(section, pageParam),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) {
      void fetchNextPage();
    }
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const objects = useMemo(() => query.data?.pages.flatMap((page) => page.objects) ?? [], [query.data]);
  return { objects, error: query.error, isPending: query.isPending, isComplete: query.isSuccess && !hasNextPage };
}

export function useObject<S extends Section>(section: S, name: string | null) {
  return useQuery({
    queryKey: oneOf(section, name ?? ""),
    queryFn: () => getObject(section, name ?? ""),
    enabled: name !== null,
    // What somebody is changing must not change under the hands: the etag says whether it did.
    refetchOnWindowFocus: false,
  });
}

/** Ask anew for a section after something changed in it; others show parts of it, so all lists are asked anew. */
export function useChanged() {
  const queries = useQueryClient();
  return async (section: Section, name: string, now: Sections[Section] | null) => {
    if (now) {
      queries.setQueryData(oneOf(section, name), now);
    } else {
      queries.removeQueries({ queryKey: oneOf(section, name) });
    }
    void queries.invalidateQueries({ queryKey: ["abilities"] });
    void queries.invalidateQueries({ queryKey: ["export"] });
    await queries.invalidateQueries({ queryKey: ["objects"] });
  };
}

interface Written<S extends Section> {
  name: string;
  entry: Entry<S>;
  /** Of the version that is known; null where there is to be none yet. */
  etag: string | null;
}

export function usePut<S extends Section>(section: S) {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ name, entry, etag }: Written<S>) => putObject(section, name, entry, etag),
    onSuccess: (now, { name }) => changed(section, name, now),
  });
}

/** Delete an object, and `leave` its page before anybody asks for it again. */
export function useDelete(section: Section, leave: () => Promise<void>) {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ name, etag }: { name: string; etag: string }) => deleteObject(section, name, etag),
    onSuccess: async (_, { name }) => {
      await leave();
      await changed(section, name, null);
    },
  });
}
