/* Passkeys as the second step: asks the server what to sign, the browser to sign it, and sends the form.
   Without this, the code of an authenticator app and the recovery codes do the same. */
(() => {
  "use strict";

  const knows = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

  async function question(form) {
    const fields = new FormData(form);
    fields.delete("idempotency_key");
    const answer = await fetch(form.dataset.question, { method: "POST", body: fields, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error("refused");
    return answer.json();
  }

  function failed(form) {
    const place = form.querySelector("[data-failed]");
    if (place) place.textContent = place.dataset.failed;
  }

  async function ask(form, field, sign) {
    try {
      const credential = await sign(await question(form));
      form.elements[field].value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      failed(form);
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey=get]")) {
    const place = form.querySelector("[data-passkey-place]");
    if (!place || !knows) continue;
    place.hidden = false;
    place.querySelector("[data-passkey-press]").addEventListener("click", () =>
      ask(form, "assertion", (told) =>
        navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told) }),
      ),
    );
  }

  for (const form of document.querySelectorAll("form[data-passkey=create]")) {
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value || !form.elements.name.value.trim()) return;
      event.preventDefault();
      if (!knows) return failed(form);
      ask(form, "credential", (told) =>
        navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told) }),
      );
    });
  }
})();
