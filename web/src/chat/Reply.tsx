import { lazy, memo, Suspense } from "react";
import { Boundary } from "../ui/Boundary";

const Markdown = lazy(() => import("./markdown/Markdown"));

/** An answer's text as Markdown; as plain text until what reads Markdown is here, and where that fails. */
export const Reply = memo(function Reply({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  const plain = <p className="break-words whitespace-pre-wrap">{text}</p>;
  return (
    <Boundary otherwise={plain}>
      <Suspense fallback={plain}>
        <Markdown text={text} isGrowing={isGrowing} />
      </Suspense>
    </Boundary>
  );
});
