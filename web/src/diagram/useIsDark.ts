import { useSyncExternalStore } from "react";

const page = () => document.documentElement;

function watch(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(page(), { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

/** Whether the page is shown dark at the moment. */
export function useIsDark(): boolean {
  return useSyncExternalStore(watch, () => page().dataset.theme === "dark");
}
