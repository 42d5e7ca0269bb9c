import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { TextField } from "../admin/kit/fields/TextField";
import { useRefresh } from "../chat/conversations";
import { ModelPicker } from "../chat/ModelPicker";
import { useChosenModel, useModels } from "../chat/models";
import { UNSET } from "../chat/settings/heeded";
import { chat } from "../chat/wire";
import { Button } from "../ui/Button";
import { Said } from "../ui/Said";
import { bestFirst } from "./firstModel";

/** A first question, ready to be sent. It leads to the conversation, where the answer is being written. */
export function AskStep() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const models = useModels();
  const offered = bestFirst(models.data ?? []);
  const [model, choose] = useChosenModel(offered, null);
  const [text, setText] = useState(() => t("welcome.question"));
  const [error, setError] = useState<unknown>(null);
  const [isAsking, setAsking] = useState(false);

  async function ask() {
    if (model === null) {
      return;
    }
    setAsking(true);
    setError(null);
    try {
      const { id } = await chat.begin(UNSET, false);
      await chat.say(id, { parentId: null, text, files: [], model });
      void refresh(id);
      await navigate({ to: "/chat/$conversationId", params: { conversationId: id } });
    } catch (caught) {
      setError(caught);
      setAsking(false);
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <p className="mb-3 text-sm text-muted-foreground">{t("welcome.askText")}</p>
      <Said error={error ?? models.error} className="mb-3" />
      {models.isSuccess && models.data.length === 0 ? <p className="mb-3 text-sm">{t("models.noneAllowed")}</p> : null}
      <TextField label={t("welcome.yourQuestion")} value={text} required onChange={setText} />
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="first" disabled={model === null || isAsking || text.trim() === ""}>
          {t("welcome.ask")}
        </Button>
        <ModelPicker models={offered} chosen={model} onChoose={choose} />
      </div>
    </form>
  );
}
