import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "../shell/pageTitle";
import { Said } from "../ui/Said";
import { isLost, useAsking } from "./asking";
import { Composer } from "./Composer";
import { useRefresh } from "./conversations";
import { isImage } from "./files/wire";
import { ModelPicker } from "./ModelPicker";
import { useChosenModel, useModels } from "./models";
import { UNSET } from "./settings/heeded";
import { UnheededNote } from "./settings/Unheeded";
import { useSettings } from "./settings/useSettings";
import { chat } from "./wire";

/** Where a conversation begins. It is made with its first question, so that nobody has empty ones. */
export function NewChatPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const models = useModels();
  const [model, choose] = useChosenModel(models.data ?? [], null);
  const { temporary = false } = useSearch({ from: "/chat" });
  const [settings, setSettings] = useState(UNSET);
  const [error, setError] = useState<unknown>(null);
  const askOnce = useAsking();
  /** The conversation whose first question may have been lost on its way. */
  const begun = useRef<string | null>(null);
  const asked = models.data?.find(({ name }) => name === model);
  const settable = useSettings(settings, asked, async (wanted) => {
    begun.current = null;
    setSettings(wanted);
  });
  usePageTitle(t("nav.newChat"));

  async function begin(text: string, files: readonly string[]): Promise<boolean> {
    if (model === null) {
      return false;
    }
    setError(null);
    try {
      const id = begun.current ?? (await chat.begin(settings, temporary)).id;
      begun.current = id;
      await askOnce(id, { parentId: null, text, files, model }, []);
      begun.current = null;
      void refresh(id);
      await navigate({ to: "/chat/$conversationId", params: { conversationId: id } });
      return true;
    } catch (caught) {
      begun.current = isLost(caught) ? begun.current : null;
      setError(caught);
      return false;
    }
  }

  return (
    <div className="flex min-h-0 flex-1 flex-col justify-center overflow-y-auto">
      <h1 className="px-4 py-6 text-center text-2xl font-semibold">{t("chat.begin")}</h1>
      <Said error={error ?? models.error} className="mx-auto mb-3 w-full max-w-3xl" />
      {models.isSuccess && models.data.length === 0 ? (
        <p className="mx-auto mb-3 max-w-3xl px-4 text-muted-foreground">{t("models.noneAllowed")}</p>
      ) : null}
      <Composer
        note={(attached) => (
          <UnheededNote
            model={asked}
            heard={{ parameters: settings.parameters, last: undefined, hasImages: attached.some(isImage) }}
          />
        )}
        draft="new"
        canSend={model !== null}
        isAnswering={false}
        onSend={begin}
        onStop={() => undefined}
      >
        <ModelPicker models={models.data ?? []} chosen={model} onChoose={choose} />
        {settable.button}
        <label className="ml-auto flex min-h-9 items-center gap-2 px-2 text-sm text-muted-foreground">
          <input
            type="checkbox"
            checked={temporary}
            onChange={({ target }) => {
              begun.current = null;
              void navigate({ to: "/chat", search: target.checked ? { temporary: true } : {}, replace: true });
            }}
          />
          {t("chat.temporary")}
        </label>
      </Composer>
      {settable.dialog}
      <p role="status" className="mx-auto min-h-10 w-full max-w-3xl px-4 text-sm text-muted-foreground">
        {temporary ? t("chat.temporaryMeans") : ""}
      </p>
    </div>
  );
}
