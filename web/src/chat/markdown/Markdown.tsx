import { lazy, Suspense } from "react";
import { mayHaveMaths } from "./maths";
import { Rendered } from "./Rendered";

export interface MarkdownProps {
  text: string;
  isGrowing: boolean;
}

const WithMaths = lazy(() => import("./WithMaths"));

/** An answer as it was meant: headings, lists, tables, code, mathematics. */
export default function Markdown({ text, isGrowing }: MarkdownProps) {
  if (!mayHaveMaths(text)) {
    return <Rendered text={text} isGrowing={isGrowing} />;
  }
  return (
    <Suspense fallback={<Rendered text={text} isGrowing={isGrowing} />}>
      <WithMaths text={text} isGrowing={isGrowing} />
    </Suspense>
  );
}
