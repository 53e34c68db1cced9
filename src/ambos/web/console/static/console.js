// The console's own script: carries the history of a chat, sends on Ctrl+Enter, asks again, shows local times, rates by keys.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=hidden]), textarea, select")) return;
  document.querySelector(`.rating button[data-key="${CSS.escape(event.key)}"]`)?.click();
});
function settle() {
  const turns = document.querySelectorAll("#turns .history");
  const history = document.getElementById("history");
  if (history && turns.length) history.value = turns[turns.length - 1].dataset.history;
  for (const time of document.querySelectorAll("time[data-ms]")) {
    time.textContent = new Date(Number(time.dataset.ms)).toLocaleString(document.documentElement.lang);
    time.removeAttribute("data-ms");
  }
}
const turns = document.getElementById("turns");
if (turns) {
  new MutationObserver(() => {
    settle();
    const text = document.getElementById("text");
    text.value = "";
    text.focus();
    turns.lastElementChild?.scrollIntoView({ block: "start" });
  }).observe(turns, { childList: true });
  turns.addEventListener("click", (event) => {
    const again = event.target.closest("button.again");
    if (!again) return;
    const text = document.getElementById("text");
    text.value = again.dataset.text;
    // A new conversation: what the old one revealed would keep its level.
    const history = document.getElementById("history");
    history.value = "[]";
    const conversation = document.querySelector("input[name=conversation]");
    conversation.value = "u_" + Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
    text.form.requestSubmit();
  });
}
settle();
