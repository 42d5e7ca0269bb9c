import { useEffect } from "react";

/** Name the page in the browser's tab and history. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} - Drawbridge` : "Drawbridge";
  }, [title]);
}
