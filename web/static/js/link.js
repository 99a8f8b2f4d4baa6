// A one-time link's secret stands behind the # of its address, which no server and no
// log ever sees. It is posted at once, and leaves the address and the history.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form[data-fragment]")) {
    const secret = location.hash.slice(1);
    const field = form.elements.namedItem(form.dataset.fragment);
    if (!secret || !field) continue;
    history.replaceState(null, "", location.pathname);
    field.value = secret;
    form.requestSubmit();
  }
})();
