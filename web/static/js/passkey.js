// Passkeys for forms. A page that uses it loads this file and marks a form:
//
//   <script src="{{static "passkey.js"}}" defer></script>
//   <form method="post" action="/signin/passkey" data-passkey="get" data-options="/signin/passkey/options">
//     {{template "passkey-fields"}}
//     <button class="ds-button">Sign in</button>
//   </form>
//
// data-passkey is "get" (show a passkey: sign in, prove presence, sign a record) or
// "create" (register one). When the form is sent, all its fields are first posted to
// data-options, which answers JSON:
//
//   {"options": {"publicKey": {...}}, "ticket": "..."}   identity.Options
//   {"go": "/path"}                                      lead the reader there instead
//   {"says": "text"}                                     show the reader a message
//
// Where the page itself was made with the options, because it shows what will be
// signed, they stand on the form: data-given='{"publicKey": {...}}' data-ticket="...".
//
// page.Context.PasskeyOptions writes that answer. The browser then asks the person,
// and the form is sent as usual, with the hidden fields "ticket" and "answer" (the
// credential as JSON, for identity.FinishPasskey, FinishPresence and so on) filled in.
// What goes wrong on the way is told in the form's own message line, and the form is
// not sent. The template "passkey-fields" makes the fields and the message line.
(() => {
  "use strict";
  const bytes = (text) => {
    const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => {
    let raw = "";
    for (const b of new Uint8Array(buffer)) raw += String.fromCharCode(b);
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  // The server's JSON holds bytes as base64url; the browser wants them as bytes.
  const decode = (options) => {
    const o = { ...options, challenge: bytes(options.challenge) };
    if (o.user) o.user = { ...o.user, id: bytes(o.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (o[list]) o[list] = o[list].map((c) => ({ ...c, id: bytes(c.id) }));
    }
    return o;
  };
  const encode = (c) => {
    const r = c.response;
    const response = { clientDataJSON: text(r.clientDataJSON) };
    if (r.attestationObject) {
      response.attestationObject = text(r.attestationObject);
      response.transports = r.getTransports ? r.getTransports() : [];
    } else {
      response.authenticatorData = text(r.authenticatorData);
      response.signature = text(r.signature);
      if (r.userHandle) response.userHandle = text(r.userHandle);
    }
    return JSON.stringify({
      id: c.id, rawId: text(c.rawId), type: c.type, response,
      authenticatorAttachment: c.authenticatorAttachment || undefined,
      clientExtensionResults: c.getClientExtensionResults(),
    });
  };

  const line = (form) => form.querySelector("[data-passkey-says]");
  const say = (form, message) => {
    const p = line(form);
    if (!p) return;
    p.hidden = !message;
    p.textContent = message || "";
  };
  const known = (form, name) => (line(form) && line(form).dataset[name]) || name;

  const run = async (form, button) => {
    say(form, "");
    if (!window.PublicKeyCredential || !navigator.credentials) return say(form, known(form, "unsupported"));
    let answer;
    try {
      if (form.dataset.given) answer = { options: JSON.parse(form.dataset.given), ticket: form.dataset.ticket };
      const reply = answer ? null : await fetch(form.dataset.options, {
        method: "POST", credentials: "same-origin", cache: "no-store", redirect: "error",
        headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
      });
      if (reply) answer = await reply.json();
    } catch {
      return say(form, known(form, "failed"));
    }
    if (answer.go) return location.assign(answer.go);
    if (!answer.options) return say(form, answer.says || known(form, "failed"));
    try {
      const publicKey = decode(answer.options.publicKey || answer.options);
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      form.elements.namedItem("answer").value = encode(credential);
      form.elements.namedItem("ticket").value = answer.ticket;
    } catch (e) {
      if (e.name === "InvalidStateError") return say(form, known(form, "exists"));
      if (e.name === "NotSupportedError" || e.name === "SecurityError") return say(form, known(form, "unsupported"));
      return say(form, known(form, "cancelled"));
    }
    form.dataset.passkeyDone = "1";
    form.requestSubmit(button || undefined);
  };

  const busy = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset || !form.dataset.passkey) return;
    if (form.dataset.passkeyDone) { delete form.dataset.passkeyDone; return; }
    event.preventDefault();
    if (busy.has(form)) return;
    busy.add(form);
    form.setAttribute("aria-busy", "true");
    run(form, event.submitter).finally(() => { busy.delete(form); form.removeAttribute("aria-busy"); });
  }, true);
  // Back in the history an old answer must not be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      for (const name of ["ticket", "answer"]) { const field = form.elements.namedItem(name); if (field) field.value = ""; }
    }
  });
})();
