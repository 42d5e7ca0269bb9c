export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "theme";
const DARK = "(prefers-color-scheme: dark)";

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return THEMES.find((theme) => theme === kept) ?? "system";
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEPT, theme);
  show();
}

/** Show the chosen theme, and go on to follow the system's where that is what was chosen. */
export function applyTheme(): void {
  show();
  matchMedia(DARK).addEventListener("change", show);
}

function show(): void {
  const chosen = chosenTheme();
  const isDark = chosen === "system" ? matchMedia(DARK).matches : chosen === "dark";
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}
