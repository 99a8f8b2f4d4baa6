// Words that were kept on the device (outbox.js) show on the page as soon as the server
// has them: <form data-outbox data-then="/address"> leads there, unless somebody is
// writing the next ones already.
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
})();
