// Words that were kept on the device (outbox.js) show on the page as soon as the server
// has them: <form data-outbox data-then="/address"> leads there, unless somebody is
// writing the next ones already. And what the team wrote is told to be seen when it is
// on the screen: <form data-seen>.
(() => {
  "use strict";
  const kept = new Map();
  document.addEventListener("varde:kept", (event) => {
    if (event.target.dataset.then) kept.set(event.detail.id, event.target.dataset.then);
  });
  document.addEventListener("varde:outbox-sent", (event) => {
    const to = kept.get(event.detail.entry.id);
    const writing = [...document.querySelectorAll("textarea")].some((t) => t.value !== t.defaultValue);
    if (to && !writing) location.assign(to);
  });
  const seen = document.querySelector("form[data-seen]");
  const tell = () => {
    if (!seen || document.hidden) return;
    document.removeEventListener("visibilitychange", tell);
    fetch(seen.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(seen)), credentials: "same-origin", keepalive: true, redirect: "manual" }).catch(() => { /* it stays new until the page is opened again */ });
  };
  document.addEventListener("visibilitychange", tell);
  tell();
})();
