/* How a message would arrive, anew while its words are typed. Without this, the button "Preview" does the same. */
(() => {
  "use strict";

  const PAUSE_MS = 500;
  const form = document.querySelector("form[data-preview]");
  const place = document.getElementById("arriving");
  if (!form || !place) return;
  let timer = 0;
  let newest = 0;

  async function show() {
    const turn = ++newest;
    const fields = new FormData(form);
    fields.delete("idempotency_key");
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: fields, credentials: "same-origin" });
      if (answer.redirected || ![200, 422].includes(answer.status)) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const arriving = page.getElementById("arriving");
      if (turn === newest && arriving) place.replaceChildren(...arriving.children);
    } catch {
      /* What was shown last stays. */
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE_MS);
  });
})();
