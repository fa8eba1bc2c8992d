// The sheet as YAML, kept in this browser until it is saved.
"use strict";
const sheet = document.getElementById("sheet");
const by = document.getElementById("by"), on = document.getElementById("on");
const rows = [...document.querySelectorAll(".sign")];
const key = "sign-off " + sheet.dataset.rulebook;
const box = (row) => row.querySelector("input[type=checkbox]");
const remark = (row) => row.querySelector(".remark");
const quoted = (text) => JSON.stringify(text.trim());

function yaml() {
  const agreed = rows.filter((row) => box(row).checked && !box(row).disabled);
  const remarks = rows.filter((row) => remark(row).value.trim());
  const lines = [`reviewed_by: ${quoted(by.value)}`, `reviewed_on: ${on.value}`];
  lines.push(agreed.length ? "rules:" : "rules: []");
  for (const row of agreed) lines.push(`  - {id: ${row.dataset.id}, read: "${row.dataset.read}"}`);
  if (remarks.length) lines.push("remarks:");
  for (const row of remarks) lines.push(`  - {id: ${row.dataset.id}, remark: ${quoted(remark(row).value)}}`);
  return lines.join("\n") + "\n";
}

function keep() {
  const state = { by: by.value, on: on.value, agreed: {}, remarks: {} };
  for (const row of rows) {
    if (box(row).checked) state.agreed[row.dataset.id] = row.dataset.read;
    if (remark(row).value) state.remarks[row.dataset.id] = remark(row).value;
  }
  try { localStorage.setItem(key, JSON.stringify(state)); } catch { /* a browser that keeps nothing */ }
  document.getElementById("yaml").textContent = yaml();
}

function restore() {
  let state = null;
  try { state = JSON.parse(localStorage.getItem(key)); } catch { /* as above */ }
  on.value = (state && state.on) || new Date().toISOString().slice(0, 10);
  if (!state) return;
  by.value = state.by;
  for (const row of rows) {
    box(row).checked = state.agreed[row.dataset.id] === row.dataset.read;
    remark(row).value = state.remarks[row.dataset.id] || "";
  }
}

function ready() {
  const missing = by.value.trim() ? rows.some((row) => box(row).checked) ? "" : "Nothing is ticked yet." : "Write your name first.";
  document.getElementById("said").textContent = missing;
  return !missing;
}

document.getElementById("save").addEventListener("click", () => {
  if (!ready()) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([yaml()], { type: "text/yaml" }));
  link.download = "sign-off.yaml";
  link.click();
});
document.getElementById("copy").addEventListener("click", async () => {
  if (!ready()) return;
  try {
    await navigator.clipboard.writeText(yaml());
    document.getElementById("said").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(document.getElementById("yaml"));
    document.getElementById("said").textContent = "Marked below: copy it from there.";
  }
});
sheet.addEventListener("input", keep);
restore();
keep();
