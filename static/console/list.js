/* A list's head box ticks all rows of the page, and the number that is ticked is told. Without script each row is ticked by itself. */
const boxes = [...document.querySelectorAll("#result_list input.action-select")];
const all = document.getElementById("action-toggle");
const told = document.querySelector(".action-counter");

function tell() {
  const ticked = boxes.filter((box) => box.checked).length;
  for (const box of boxes) box.closest("tr").classList.toggle("selected", box.checked);
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  if (told) told.textContent = told.dataset.words.replace("#", String(ticked));
}

all?.addEventListener("change", () => {
  for (const box of boxes) box.checked = all.checked;
  tell();
});
for (const box of boxes) box.addEventListener("change", tell);
tell();
