import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/Button";
import type { Message } from "./wire";

interface BranchesProps {
  message: Message;
  onShow: (messageId: string) => void;
}

/** Goes through the messages that stand in one place: questions as they were edited, answers as they were made again. */
export function Branches({ message: { id, siblings }, onShow }: BranchesProps) {
  const { t } = useTranslation();
  const at = siblings.indexOf(id);
  const before = siblings[at - 1];
  const behind = siblings[at + 1];
  if (siblings.length < 2) {
    return null;
  }
  return (
    <span role="group" aria-label={t("message.branches")} className="flex items-center text-sm tabular-nums">
      <IconButton label={t("message.previous")} disabled={!before} onClick={() => before && onShow(before)}>
        <ChevronLeft size={15} aria-hidden />
      </IconButton>
      {at + 1}/{siblings.length}
      <IconButton label={t("message.next")} disabled={!behind} onClick={() => behind && onShow(behind)}>
        <ChevronRight size={15} aria-hidden />
      </IconButton>
    </span>
  );
}
