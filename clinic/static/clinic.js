/* Small helps on top of pages that work without them. Every word shown comes from the page. */
(() => {
  "use strict";

  const EVERY_MS = 15000;
  const RETRY_MS = 5000;
  const drafts = new WeakMap();
  const confirmed = new WeakSet();
  const openDrafts = new Set();

  const words = (element, name, fallback = "") => element?.dataset[name] ?? fallback;
  const clock = () =>
    new Intl.DateTimeFormat(document.documentElement.lang || undefined, { hour: "numeric", minute: "2-digit" }).format();

  /* Drafts: saved on leaving a field and every fifteen seconds while something is unsaved. */
  function draftOf(form) {
    let draft = drafts.get(form);
    if (!draft) {
      draft = { form, changes: 0, saved: 0, kept: 0, isSending: false, isAskedAgain: false, hasFailed: false, isStopped: false, timer: 0 };
      drafts.set(form, draft);
    }
    return draft;
  }

  const isDirty = (draft) => draft.changes > draft.saved && !draft.isStopped;

  function tell(draft, state, text) {
    const place = draft.form.querySelector("output[data-save-state]");
    draft.hasFailed = state === "failed";
    if (place) {
      place.dataset.state = state;
      place.textContent = text;
    }
  }

  function wait(draft, milliseconds) {
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => save(draft), milliseconds);
  }

  async function save(draft, isLeaving = false) {
    if (!draft.form.isConnected) openDrafts.delete(draft);
    if (!isDirty(draft) || !draft.form.isConnected) return;
    /* One at a time, and again right after; but a page that is left cannot wait. */
    if (draft.isSending && !isLeaving) {
      draft.isAskedAgain = true;
      return;
    }
    if (isLeaving && draft.isSending && draft.kept === draft.changes) return;
    if (isLeaving) draft.kept = draft.changes;
    const { form } = draft;
    const place = form.querySelector("output[data-save-state]");
    const upTo = draft.changes;
    draft.isSending = true;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")),
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: isLeaving,
      });
      if (answer.ok) {
        draft.saved = Math.max(draft.saved, upTo);
        tell(draft, "saved", `${words(place, "saved")} ${clock()}`);
      } else if (answer.status === 409) {
        draft.isStopped = true;
        tell(draft, "failed", words(place, "stale"));
      } else {
        const isSignedOut = answer.type === "opaqueredirect" || answer.status === 401;
        tell(draft, "failed", words(place, isSignedOut ? "signedOut" : "failed"));
      }
    } catch {
      tell(draft, "failed", words(place, "failed"));
    } finally {
      draft.isSending = false;
    }
    const isAskedAgain = draft.isAskedAgain;
    draft.isAskedAgain = false;
    if (isDirty(draft)) wait(draft, draft.saved < upTo ? RETRY_MS : isAskedAgain ? 0 : EVERY_MS);
    else openDrafts.delete(draft);
  }

  function changed(event) {
    const form = event.target.closest?.("form[data-autosave]");
    if (!form) return;
    const draft = draftOf(form);
    const wasDirty = isDirty(draft);
    draft.changes += 1;
    openDrafts.add(draft);
    if (!wasDirty) wait(draft, EVERY_MS);
  }

  function left(event) {
    const form = event.target.closest?.("form[data-autosave]");
    if (form) save(draftOf(form));
  }

  const saveAll = () => openDrafts.forEach((draft) => save(draft, true));

  /* Ask before what cannot be undone. The question and the ways out are words of the page. */
  function ask(form, submitter, question) {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    const text = Object.assign(document.createElement("p"), { textContent: question, id: "ask-text" });
    dialog.setAttribute("aria-labelledby", text.id);
    const row = Object.assign(document.createElement("div"), { className: "cluster" });
    const back = Object.assign(document.createElement("button"), {
      type: "button",
      className: "outline",
      textContent: words(document.body, "back", "Go back"),
    });
    const yes = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: submitter?.textContent.trim() || words(document.body, "yes", "Yes"),
    });
    row.append(back, yes);
    dialog.append(text, row);
    document.body.append(dialog);
    back.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      confirmed.add(form);
      dialog.close();
      form.requestSubmit(submitter ?? undefined);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      submitter?.focus();
    });
    dialog.showModal();
    back.focus();
  }

  function confirming(event) {
    const { target: form, submitter } = event;
    const question = words(submitter, "confirm") || words(form, "confirm");
    if (!question || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, submitter, question);
  }

  /* One press, one request. The name of the pressed button still has to be sent, so wait one turn. */
  function sending(event) {
    const { target: form } = event;
    if (form.method !== "post" || event.defaultPrevented) return;
    const draft = drafts.get(form);
    if (draft) {
      draft.isStopped = true;
      clearTimeout(draft.timer);
      openDrafts.delete(draft);
    }
    setTimeout(() => buttonsOf(form).forEach((button) => button.setAttribute("disabled", "")));
  }

  const buttonsOf = (form) => [...form.elements].filter((one) => one.type === "submit" && !one.disabled);

  function shownAgain(event) {
    if (!event.persisted) return;
    document.querySelectorAll("form [type=submit][disabled], form button[disabled]").forEach((button) => {
      if (!button.hasAttribute("data-off")) button.removeAttribute("disabled");
    });
  }

  /* "Clear" takes the answer back: nothing stays chosen. */
  function cleared(event) {
    if (event.target.matches?.("input[type=radio][data-clear]")) event.target.checked = false;
  }

  function pressed(event) {
    const exit = event.target.closest?.("a[data-quick-exit]");
    if (exit) {
      event.preventDefault();
      document.documentElement.hidden = true;
      location.replace(exit.href);
      return;
    }
    document.querySelectorAll("details[data-sheet][open]").forEach((sheet) => {
      if (!sheet.contains(event.target)) sheet.open = false;
    });
  }

  function typed(event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details[data-sheet][open]").forEach((sheet) => {
      sheet.open = false;
      sheet.querySelector("summary").focus();
    });
  }

  document.addEventListener("input", changed);
  document.addEventListener("change", cleared);
  document.addEventListener("change", changed);
  document.addEventListener("focusout", left);
  document.addEventListener("submit", confirming, true);
  document.addEventListener("submit", sending);
  document.addEventListener("click", pressed);
  document.addEventListener("keydown", typed);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saveAll());
  window.addEventListener("pagehide", saveAll);
  window.addEventListener("online", () => openDrafts.forEach((draft) => save(draft)));
  window.addEventListener("pageshow", shownAgain);
  window.addEventListener("beforeunload", (event) => {
    if ([...openDrafts].some((draft) => isDirty(draft) && draft.hasFailed)) event.preventDefault();
  });
  document.querySelectorAll("form button[disabled]").forEach((button) => button.setAttribute("data-off", ""));
  document.querySelector("[data-error-summary]")?.focus();
})();
