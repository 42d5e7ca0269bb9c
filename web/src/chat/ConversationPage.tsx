import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "../api/refusal";
import { usePageTitle } from "../shell/pageTitle";
import { NotFound } from "../shell/NotFound";
import { Loading } from "../ui/Loading";
import { Said } from "../ui/Said";
import { Composer } from "./Composer";
import { ConversationHeader } from "./ConversationHeader";
import { useConversation, useSettle } from "./conversations";
import { filesOf, isImage, type StoredFile } from "./files/wire";
import { ModelPicker } from "./ModelPicker";
import { UnheededNote } from "./settings/Unheeded";
import { useSettings } from "./settings/useSettings";
import { Thread } from "./Thread";
import { useTalk } from "./talk";
import type { WholeConversation } from "./wire";

export function ConversationPage() {
  const { conversationId } = useParams({ from: "/chat/$conversationId" });
  const { message = null } = useSearch({ from: "/chat/$conversationId" });
  const conversation = useConversation(conversationId);
  if (conversation.data) {
    return <Opened key={`${conversationId} ${message ?? ""}`} conversation={conversation.data} target={message} />;
  }
  const { error } = conversation;
  if (error instanceof Refusal && (error.status === 404 || error.status === 422)) {
    return <NotFound />;
  }
  return error ? <Said error={error} className="m-6" /> : <Loading />;
}

function Opened({ conversation, target }: { conversation: WholeConversation; target: string | null }) {
  const { t } = useTranslation();
  const talk = useTalk(conversation);
  const settle = useSettle(conversation.id);
  const settings = { system_prompt: conversation.system_prompt, parameters: conversation.parameters };
  const model = talk.models.find(({ name }) => name === talk.model);
  const settable = useSettings(settings, model, settle.mutateAsync);
  const heard = (attached: readonly StoredFile[]) => ({
    parameters: settings.parameters,
    last: talk.messages.at(-1),
    hasImages: [...attached, ...talk.messages.flatMap(({ parts }) => filesOf(parts))].some(isImage),
  });
  const { show } = talk;
  useEffect(() => {
    if (target !== null) {
      show(target);
    }
    // Once for an address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [target]);
  usePageTitle(conversation.title || t("chat.untitled"));
  return (
    <>
      <ConversationHeader conversation={conversation} />
      <Thread talk={talk} target={target} />
      <p role="status" className="sr-only">
        {talk.runningId ? t("chat.answering") : t("chat.idle")}
      </p>
      <Said error={talk.error} className="mx-auto mb-2 w-full max-w-3xl" />
      <Composer
        note={(attached) => <UnheededNote model={model} heard={heard(attached)} />}
        draft={conversation.id}
        canSend={talk.model !== null}
        isAnswering={talk.runningId !== null}
        onSend={talk.say}
        onStop={talk.stop}
      >
        <ModelPicker models={talk.models} chosen={talk.model} onChoose={talk.chooseModel} />
        {settable.button}
      </Composer>
      {settable.dialog}
    </>
  );
}
