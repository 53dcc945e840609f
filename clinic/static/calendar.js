/* Drag a session to another place of its therapist: it opens the page that says who will be told. Nothing moves here. */
(() => {
  "use strict";

  let dragged = null;
  let grabbed = 0;
  let place = null;

  const marksOf = (lane) => lane.dataset.marks.trim().split(" ").map((mark) => mark.split("="));

  function forget() {
    dragged?.classList.remove("dragged");
    place?.remove();
    dragged = place = null;
  }

  /* The row under the pointer, less where the session was grabbed: [row, moment]. */
  function markAt(lane, event) {
    const marks = marksOf(lane);
    const style = getComputedStyle(lane);
    const tops = style.gridTemplateRows.split(" ").map(parseFloat);
    let rest = event.clientY - grabbed - lane.getBoundingClientRect().top - parseFloat(style.paddingTop);
    let row = 1;
    while (row < tops.length && rest >= tops[row - 1] / 2) {
      rest -= tops[row - 1];
      row += 1;
    }
    return marks.find(([at]) => Number(at) >= row) ?? marks[marks.length - 1];
  }

  function show(lane, row) {
    place ??= document.createElement("span");
    place.className = `drop-place at-${row} for-${dragged.dataset.rows}`;
    place.setAttribute("aria-hidden", "true");
    lane.append(place);
  }

  document.addEventListener("dragstart", (event) => {
    const block = event.target.closest?.(".session-block[data-move]");
    if (!block) return;
    dragged = block;
    grabbed = event.clientY - block.getBoundingClientRect().top;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    block.classList.add("dragged");
  });

  document.addEventListener("dragover", (event) => {
    const lane = event.target.closest?.(".lane-body[data-marks]");
    if (!dragged || !lane || lane.dataset.therapist !== dragged.closest(".lane-body").dataset.therapist) {
      place?.remove();
      return;
    }
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    show(lane, markAt(lane, event)[0]);
  });

  document.addEventListener("drop", (event) => {
    const lane = event.target.closest?.(".lane-body[data-marks]");
    if (!dragged || !lane) return;
    event.preventDefault();
    const [, moment] = markAt(lane, event);
    const address = new URL(dragged.dataset.move, location.href);
    address.searchParams.set("start", moment);
    forget();
    location.assign(address);
  });

  document.addEventListener("dragend", forget);
})();
