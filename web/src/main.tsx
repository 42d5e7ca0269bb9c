import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { startWords } from "./i18n";
import { applyTheme } from "./shell/theme";
import "./styles.css";

applyTheme();
await startWords();
const page = document.getElementById("page");
if (page) {
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
