import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const module = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

const BASE =
  /\/node_modules\/(react|react-dom|scheduler|i18next|react-i18next|@tanstack\/(react-)?(router|query|store|history)[a-z-]*|openapi-fetch)\/|\/src\/(api|shell|ui)\//;

export default defineConfig({
  resolve: {
    alias: [
      // Both have a smaller way for browsers, by innerHTML and DOMParser, which our content security policy forbids.
      { find: /^hast-util-from-html-isomorphic$/, replacement: module("hast-util-from-html-isomorphic/index.js") },
      { find: /^decode-named-character-reference$/, replacement: module("decode-named-character-reference/index.js") },
    ],
  },
  plugins: [react(), tailwindcss()],
  build: {
    // Everything is a file of its own name: the content security policy knows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "frames/diagram.html"],
      // What every page needs is one file: else the two inputs make one of each module that they share.
      output: {
        codeSplitting: {
          groups: [
            // By itself, so that the frame of diagrams has nothing of the pages.
            { name: "preload", test: /preload-helper/, priority: 1 },
            { name: "base", test: BASE },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 1000,
  },
  // For work on the pages beside a running Drawbridge. Its session cookie is of localhost with its own port.
  server: { proxy: { "/api": "http://localhost:8080", "/sign-in-assets": "http://localhost:8080" } },
  test: { include: ["tests/**/*.test.{ts,tsx}"], restoreMocks: true },
});
