import { defineConfig } from "vite";

// Nothing inline: the server's content security policy allows only its own files.
export default defineConfig({
    build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022" },
});
