import { useEffect, useState } from "react";
import { useAsking } from "./asking";
import { useMessages, useRefresh } from "./conversations";
import { idsOf } from "./files/attachments";
import { filesOf } from "./files/wire";
import { useChosenModel, useModels } from "./models";
import { forget, listen } from "./stream/live";
import { chat, type Message, type Model, type WholeConversation } from "./wire";

export interface Talk {
  messages: readonly Message[];
  /** Whether there is more above; asking for it once is enough. */
  hasMore: boolean;
  askMore: () => void;
  models: readonly Model[];
  model: string | null;
  /** The run that writes the last answer of this branch; null when none does. */
  runningId: string | null;
  error: unknown;
  chooseModel: (model: string) => void;
  say: (text: string, files: readonly string[]) => Promise<boolean>;
  /** Ask another question in the place of one, with its files: a branch. */
  edit: (message: Message, text: string) => Promise<boolean>;
  again: (message: Message, model: string) => Promise<boolean>;
  stop: () => void;
  rate: (message: Message, rating: Message["rating"], note?: string) => Promise<boolean>;
  /** Show the branch that a message is in. */
  show: (messageId: string) => void;
}

/** What one can do in a conversation, and the branch of it that is shown. */
export function useTalk(conversation: WholeConversation): Talk {
  const { id } = conversation;
  const refresh = useRefresh();
  const askOnce = useAsking();
  const { messages, error: unread, hasNextPage, isFetchingNextPage, fetchNextPage } = useMessages(id);
  const models = useModels();
  const [model, chooseModel] = useChosenModel(models.data ?? [], conversation.model);
  const [error, setError] = useState<unknown>(null);
  const last = messages.at(-1);
  const runningId = last?.state === "running" ? last.run_id : null;

  useEffect(() => {
    if (runningId !== null) {
      listen(runningId, () => void refresh(id).then(() => forget(runningId)));
    }
    // A refresh is a new function at each rendering, and does the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, runningId]);

  // Told before the answer was over, of which the messages tell that it is.
  const isBehind = runningId === null && conversation.totals.running > 0;
  useEffect(() => {
    if (isBehind) {
      void refresh(id);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, isBehind, last?.id]);

  async function act(what: () => Promise<unknown>): Promise<boolean> {
    setError(null);
    try {
      await what();
      await refresh(id);
      return true;
    } catch (caught) {
      setError(caught);
      return false;
    }
  }

  function ask(parentId: string | null, text: string, files: readonly string[]): Promise<boolean> {
    if (model === null) {
      return Promise.resolve(false);
    }
    return act(() => askOnce(id, { parentId, text, files, model }, messages));
  }

  return {
    messages,
    hasMore: hasNextPage,
    askMore: () => void (hasNextPage && !isFetchingNextPage && fetchNextPage()),
    models: models.data ?? [],
    model,
    runningId,
    error: error ?? unread ?? models.error,
    chooseModel,
    say: (text, files) => ask(last?.id ?? null, text, files),
    edit: (message, text) => ask(message.parent_id, text, idsOf(filesOf(message.parts))),
    again: (message, wanted) => act(() => chat.again(message.id, wanted)),
    stop: () => void (runningId && act(() => chat.stop(runningId))),
    rate: (message, rating, note = "") => act(() => chat.rate(message.id, rating, note)),
    show: (messageId) => void act(() => chat.change(id, { current_message_id: messageId })),
  };
}
