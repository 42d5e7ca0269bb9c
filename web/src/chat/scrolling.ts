import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, type UIEvent, useEffect, useLayoutEffect, useRef } from "react";
import type { Talk } from "./talk";
import type { Message } from "./wire";

const NEAR_END_PX = 80;
const NEAR_BEGINNING_PX = 600;
const CHARACTERS_A_LINE = 80;
const LINE_PX = 26;
const AROUND_PX = 96;

function estimate(message: Message | undefined): number {
  const characters = message?.parts.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0) ?? 0;
  return AROUND_PX + LINE_PX * Math.ceil(characters / CHARACTERS_A_LINE);
}

/**
 * Which messages are there, and what is in view: the end for whoever was at the end, what one reads for whoever reads, the
 * message that an address names.
 */
export function useScrolling(talk: Talk, target: string | null, scrolled: RefObject<HTMLDivElement | null>) {
  const { messages, hasMore, askMore, runningId } = talk;
  const isAtEnd = useRef(target === null);
  const first = useRef<string | undefined>(undefined);
  const found = useRef<string | null>(null);
  // It is used within this rendering only: nothing of it is handed to what is memoised.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scrolled.current,
    estimateSize: (index) => estimate(messages[index]),
    getItemKey: (index) => messages[index]?.id ?? index,
    overscan: 4,
  });
  const height = virtual.getTotalSize();
  const firstId = messages[0]?.id;

  // Older messages come above what one reads, which stays where it is.
  useLayoutEffect(() => {
    const before = messages.findIndex((message) => message.id === first.current);
    first.current = firstId;
    const above = before > 0 ? virtual.measurementsCache[before]?.start : undefined;
    if (above !== undefined && scrolled.current) {
      scrolled.current.scrollTop += above;
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [firstId]);

  useLayoutEffect(() => {
    if (isAtEnd.current && scrolled.current) {
      scrolled.current.scrollTop = scrolled.current.scrollHeight;
    }
  }, [height, messages.length, scrolled]);

  // Whoever has just asked wants to see the answer.
  useEffect(() => {
    if (runningId && scrolled.current) {
      isAtEnd.current = true;
      scrolled.current.scrollTop = scrolled.current.scrollHeight;
    }
  }, [runningId, scrolled]);

  useEffect(() => {
    if (target === null || found.current === target || messages.length === 0) {
      return;
    }
    const index = messages.findIndex((message) => message.id === target);
    if (index >= 0) {
      found.current = target;
      virtual.scrollToIndex(index, { align: "start" });
    } else if (hasMore) {
      askMore();
    }
  });

  function onScroll(event: UIEvent<HTMLDivElement>) {
    const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (scrollTop < NEAR_BEGINNING_PX && hasMore) {
      askMore();
    }
  }

  return { virtual, onScroll };
}
