// Search without a server: search-data.js sets SEARCH and is loaded when somebody begins to type.
"use strict";
let SEARCH = null;
const MOST = 30;
const input = document.getElementById("search"), list = document.getElementById("found");
const plain = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");

function load() {
  if (document.getElementById("data")) return;
  const script = document.createElement("script");
  script.id = "data";
  script.src = "search-data.js";
  script.onload = () => {
    for (const one of SEARCH) { one.title = plain(one.t); one.all = one.title + " " + plain(one.w); }
    find();
  };
  document.head.append(script);
}

// All words must be there; a title that has them, or begins with them, comes first.
function weight(one, words) {
  if (!words.every((word) => one.all.includes(word))) return 0;
  let sum = 1;
  for (const word of words) {
    if (one.title.startsWith(word)) sum += 6;
    else if (one.title.includes(" " + word)) sum += 4;
    else if (one.all.includes(" " + word)) sum += 2;
  }
  return one.k === "words" ? sum : sum + 1;
}

function find() {
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  list.replaceChildren();
  list.hidden = !words.length;
  if (!words.length || !SEARCH) return;
  const hits = SEARCH.map((one) => [weight(one, words), one]).filter(([sum]) => sum).sort((a, b) => b[0] - a[0]);
  for (const [, one] of hits.slice(0, MOST)) {
    const link = document.createElement("a"), kind = document.createElement("span"), item = document.createElement("li");
    link.href = one.u;
    link.textContent = one.t;
    kind.textContent = one.k;
    link.append(kind);
    item.append(link);
    list.append(item);
  }
  if (hits.length > MOST) list.append(Object.assign(document.createElement("li"), { textContent: `and ${hits.length - MOST} more` }));
  if (!hits.length) list.append(Object.assign(document.createElement("li"), { textContent: "Nothing has all of these words." }));
}

input.addEventListener("focus", load);
input.addEventListener("input", () => { load(); find(); });
input.addEventListener("keydown", (event) => {
  const first = list.querySelector("a");
  if (event.key === "Enter" && first) location.href = first.href;
  if (event.key === "Escape") { input.value = ""; find(); }
});
list.addEventListener("click", () => { list.hidden = true; });
// What a link leads to inside a closed part is opened for printing.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
