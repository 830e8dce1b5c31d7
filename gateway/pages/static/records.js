// What record pages have beside their text: buttons that copy an identifier.

import { announce } from "./shell.js";

function offerCopies() {
  if (!navigator.clipboard) return; // off loopback it needs https
  for (const code of document.querySelectorAll("[data-copy]")) {
    const text = code.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${text}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
        announce(`Copied ${text}`);
      } catch {
        button.textContent = "Not allowed";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    code.after(button);
  }
}

offerCopies();
