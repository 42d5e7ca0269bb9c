import { useNavigate } from "@tanstack/react-router";
import { Download, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "../ui/Button";
import { Modal } from "../ui/Modal";
import { Said } from "../ui/Said";
import { useRemove, useRename } from "./conversations";
import { count, money, when } from "./format";
import { chat, type WholeConversation } from "./wire";

type Asked = "title" | "export" | "remove" | null;

/** A conversation's title, what it came to so far, and what can be done with all of it. */
export function ConversationHeader({ conversation }: { conversation: WholeConversation }) {
  const { t, i18n } = useTranslation();
  const [asked, setAsked] = useState<Asked>(null);
  const { totals, expires_at: expires } = conversation;
  const close = () => setAsked(null);
  const tokens = count(totals.input_tokens + totals.output_tokens, i18n.language);
  return (
    <header className="flex items-center gap-1 border-b border-border px-4 py-2">
      <div className="min-w-0 flex-1">
        <h1 className="truncate font-semibold">{conversation.title || t("chat.untitled")}</h1>
        <p className="text-xs text-muted-foreground">
          {expires ? (
            <span className="mr-2 rounded-sm bg-accent px-1.5 py-0.5 text-foreground">
              {t("chat.temporary")}: {t("chat.expires", { when: when(expires, i18n.language) })}
            </span>
          ) : null}
          {t("chat.cameTo", { cost: money(totals.cost_nanousd, i18n.language), tokens })}
          {totals.unpriced ? ` · ${t("chat.unpriced", { count: totals.unpriced })}` : ""}
        </p>
      </div>
      <IconButton label={t("chat.rename")} onClick={() => setAsked("title")}>
        <Pencil size={16} aria-hidden />
      </IconButton>
      <IconButton label={t("chat.export")} onClick={() => setAsked("export")}>
        <Download size={16} aria-hidden />
      </IconButton>
      <IconButton label={t("chat.remove")} onClick={() => setAsked("remove")}>
        <Trash2 size={16} aria-hidden />
      </IconButton>
      {asked === "title" ? <Rename conversation={conversation} onClose={close} /> : null}
      {asked === "export" ? <Export id={conversation.id} onClose={close} /> : null}
      {asked === "remove" ? <Remove id={conversation.id} onClose={close} /> : null}
    </header>
  );
}

function Rename({ conversation, onClose }: { conversation: WholeConversation; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(conversation.title);
  const rename = useRename(conversation.id);
  return (
    <Modal label={t("chat.rename")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate(title.trim(), { onSuccess: onClose });
        }}
      >
        <label className="block">
          <span className="mb-1 block font-semibold">{t("chat.title")}</span>
          <input
            value={title}
            maxLength={200}
            onChange={(event) => setTitle(event.target.value)}
            className="mb-3 w-full rounded-md border border-control bg-background px-3 py-2"
          />
        </label>
        <Said error={rename.error} className="mb-3" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button look="first" type="submit" disabled={!title.trim() || rename.isPending}>
            {t("save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Export({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal label={t("chat.export")} onClose={onClose} closedBy="any">
      <h2 className="mb-3 font-semibold">{t("chat.export")}</h2>
      <ul className="mb-3 list-disc space-y-1 pl-5">
        {(["markdown", "json"] as const).map((format) => (
          <li key={format}>
            <a href={chat.exportPath(id, format)} download className="text-primary underline" onClick={onClose}>
              {t(`export.${format}`)}
            </a>
          </li>
        ))}
      </ul>
      <Button onClick={onClose}>{t("cancel")}</Button>
    </Modal>
  );
}

function Remove({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const remove = useRemove(id);
  return (
    <Modal label={t("chat.remove")} onClose={onClose} closedBy="any">
      <h2 className="mb-2 font-semibold">{t("chat.remove")}</h2>
      <p className="mb-3">{t("chat.removeForGood")}</p>
      <Said error={remove.error} className="mb-3" />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button
          look="danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(undefined, { onSuccess: () => void navigate({ to: "/chat" }) })}
        >
          {t("chat.remove")}
        </Button>
      </div>
    </Modal>
  );
}
