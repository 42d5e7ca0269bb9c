import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/Button";
import type { Attachment } from "./attachments";
import { describe } from "./describe";
import { FileCard } from "./FileCard";

interface AttachmentListProps {
  all: readonly Attachment[];
  onRemove: (key: string) => void;
}

/** The files of a question that is being written: how far each is, or what is wrong with it. */
export function AttachmentList({ all, onRemove }: AttachmentListProps) {
  const { t } = useTranslation();
  if (all.length === 0) {
    return null;
  }
  return (
    <ul aria-label={t("files.list")} className="flex max-h-[30dvh] flex-wrap gap-2 overflow-y-auto px-3 pt-3">
      {all.map((each) => (
        <li key={each.key} className="max-w-full">
          <FileCard name={each.name} detail={<Detail attachment={each} />} picture={pictureOf(each)}>
            <IconButton label={t("files.remove", { name: each.name })} onClick={() => onRemove(each.key)}>
              <X size={15} aria-hidden />
            </IconButton>
          </FileCard>
        </li>
      ))}
    </ul>
  );
}

function Detail({ attachment }: { attachment: Attachment }) {
  const { t, i18n } = useTranslation();
  const { state, sent, file, error } = attachment;
  if (state === "failed") {
    const message = error instanceof Error ? error.message : "";
    return (
      <span role="alert" className="wrap-anywhere text-bad">
        {message || t("error.unreachable")}
      </span>
    );
  }
  if (file) {
    return describe(file, t, i18n.language);
  }
  if (state === "reading") {
    return t("files.reading");
  }
  return (
    <progress max={1} value={sent} aria-label={t("files.sending", { name: attachment.name })} className="h-1.5 w-32" />
  );
}

function pictureOf({ file }: Attachment): string | null {
  return file?.kind === "image" ? `/api/chat/files/${file.id}/content?form=shown` : null;
}
