import { useTranslation } from "react-i18next";
import { describe } from "./describe";
import { FileCard } from "./FileCard";
import type { FilePart } from "./wire";

const MOST_HIGH = 288;
const MOST_WIDE = 480;

/** Return the size of an image on the page, known before it is there: nothing moves when it comes. */
function shownSize({ width = 1, height = 1 }: FilePart) {
  const scale = Math.min(1, MOST_WIDE / width, MOST_HIGH / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** The files of a question: images as they are, others by name; each can be taken back as it was sent. */
export function QuestionFiles({ files }: { files: readonly FilePart[] }) {
  const { t, i18n } = useTranslation();
  if (files.length === 0) {
    return null;
  }
  return (
    <ul aria-label={t("files.list")} className="mb-2 flex max-w-[85%] flex-wrap justify-end gap-2">
      {files.map((file) => (
        <li key={file.id} className="max-w-full">
          {file.kind === "image" ? (
            <a href={file.url} download={file.filename} title={file.filename} className="block">
              <img
                src={`${file.url}?form=shown`}
                alt={file.filename}
                {...shownSize(file)}
                loading="lazy"
                className="h-auto max-w-full rounded-xl border border-border"
              />
            </a>
          ) : (
            <FileCard
              name={
                <a href={file.url} download={file.filename} className="underline">
                  {file.filename}
                </a>
              }
              detail={describe(file, t, i18n.language)}
              picture={null}
            />
          )}
        </li>
      ))}
    </ul>
  );
}
