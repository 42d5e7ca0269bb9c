import { CopyButton } from "../chat/CopyButton";

interface CodeProps {
  /** What it is, such as the name of a file. */
  label: string;
  text: string;
  /** All of it is to be seen, on several lines where there is little room. */
  isWrapped?: boolean;
}

/** Text to be copied as it stands. */
export function Code({ label, text, isWrapped = false }: CodeProps) {
  return (
    <figure className="mb-3 min-w-0 overflow-hidden rounded-lg border border-border">
      <figcaption className="flex items-center justify-between gap-2 border-b border-border bg-sidebar pr-1 pl-3 text-xs text-muted-foreground">
        <span className="min-w-0 truncate font-mono">{label}</span>
        <CopyButton text={text} />
      </figcaption>
      {/* It scrolls sideways where there is no room, by keys too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre role="group" tabIndex={0} aria-label={label} className={`p-3 text-sm ${isWrapped ? "break-all whitespace-pre-wrap" : "overflow-x-auto"}`}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
