import { type ClipboardEvent, useEffect, useState } from "react";

/** Pasted text beyond this is added as a file: nobody reads on where it stands. */
export const LONG_PASTE = 20_000;

/** Return what of a paste is to be files: the files themselves, or a text that is too long for a question. */
export function pastedFiles(event: ClipboardEvent): File[] {
  const files = [...event.clipboardData.files];
  const text = files.length ? "" : event.clipboardData.getData("text/plain");
  return text.length > LONG_PASTE ? [new File([text], "pasted.txt", { type: "text/plain" })] : files;
}

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * Take files that are dropped anywhere on the page; tells whether some are held above it. Without this the browser would
 * leave the page for the file, and with it what was typed.
 */
export function useDropped(onDrop: (files: readonly File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    function over(event: DragEvent) {
      if (hasFiles(event)) {
        event.preventDefault();
        setOver(true);
      }
    }
    function leave(event: DragEvent) {
      if (event.relatedTarget === null) {
        setOver(false);
      }
    }
    function drop(event: DragEvent) {
      setOver(false);
      if (hasFiles(event)) {
        event.preventDefault();
        onDrop([...(event.dataTransfer?.files ?? [])]);
      }
    }
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [onDrop]);
  return isOver;
}
