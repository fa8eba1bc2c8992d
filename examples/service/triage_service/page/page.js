// The page for a nurse: sends a message, shows what was read and decided. Words become text, never markup.
"use strict";

const at = (id) => document.getElementById(id);
const plain = (name) => name.replaceAll("_", " ");
const COUNTS = new Set(["present", "uncertain", "resolved"]);
let answers = [];

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

async function fetched(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const said = await response.json();
  if (response.ok) return said;
  const wrong = (said.errors || []).map((error) => `${error.where}: ${error.what}`);
  const wait = response.headers.get("Retry-After");
  throw new Error([said.title, ...wrong, wait && `Try again in ${wait} seconds`].filter(Boolean).join(". "));
}

async function start() {
  const pack = await fetched("v1/pack");
  at("about").textContent = `Reads a patient's message and says how soon it needs care after ${pack.medicine}.`;
  at("days-label").textContent = `Days since ${pack.days_since}`;
  at("disclaimer").textContent = pack.disclaimer;
  for (const flag of pack.flags) {
    const box = made("input", { type: "checkbox", name: "flag", value: flag });
    at("flags").append(made("label", {}, box, plain(flag)));
  }
  at("flags").hidden = pack.flags.length === 0;
}

const MOST_DAYS = 31; // of one course
const written = (day) => day.toISOString().slice(0, 10); // UTC throughout, so that no clock change moves a day

function today() {
  const now = new Date();
  return written(new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())));
}

function stretch(part) {
  const [first, last = first] = part.split("..").map((day) => new Date(`${day.trim()}T00:00:00Z`));
  const days = (last - first) / 86400000;
  if (!(days >= 0 && days < MOST_DAYS)) throw new Error(`“${part.trim()}” is no day such as 2026-03-02, and no stretch of days`);
  return Array.from({ length: days + 1 }, (_, number) => written(new Date(first.getTime() + number * 86400000)));
}

function message() {
  const days = at("days").value;
  const courses = at("courses").value.split("\n").filter((line) => line.trim()).map((line) => line.split(",").flatMap(stretch));
  const flags = [...document.querySelectorAll("input[name=flag]:checked")].map((box) => box.value);
  const when = courses.length ? { history: { courses }, on: at("on").value || today() }
    : { days_since_infusion: days === "" ? null : Number(days) };
  return { text: at("text").value, flags, ...when };
}

async function read() {
  const button = document.querySelector("form button");
  if (button.ariaDisabled === "true" || !at("form").reportValidity()) return;
  button.ariaDisabled = "true";
  at("problem").textContent = "";
  at("status").textContent = "Reading…";
  try {
    const sent = message();
    const said = answers.length ? await fetched("v1/interview", { ...sent, answers }) : await fetched("v1/assess", sent);
    show(said, sent.text);
    at("status").textContent = "Done.";
  } catch (error) {
    at("result").hidden = true; // an old answer must not pass for the new one
    at("status").textContent = "";
    at("problem").textContent = `The message was not read. ${error.message}. A person should read it.`;
  } finally {
    button.ariaDisabled = "false";
  }
}

function show(said, text) {
  const level = LEVELS.indexOf(said.urgency) + 1;
  at("banner").dataset.rank = level;
  at("rank").textContent = `Urgency ${level} of 5`;
  at("urgency").textContent = plain(said.urgency).replace(/^./, (first) => first.toUpperCase());
  at("advice").textContent = said.advice;
  at("unread").hidden = said.understood;
  at("unread").textContent = "Not all of this message was understood: a person should read it." + disagreed(said);
  at("marked").replaceChildren(...marked(said, text));
  at("found").replaceChildren(...said.mentions.map(row));
  at("rules").replaceChildren(...rules(said));
  at("questions").replaceChildren(...said.ask.map(question));
  at("ask").hidden = said.ask.length === 0;
  at("assumptions").replaceChildren(...taken(said).map((line) => made("li", {}, line)));
  at("disclaimer").textContent = said.disclaimer;
  at("result").hidden = false;
  at("result").focus();
}

const LEVELS = ["routine", "contact_provider", "contact_provider_now", "get_help_now", "call_911"];

function disagreed(said) {
  return said.readers_disagree.length ? ` The readers disagree about: ${said.readers_disagree.map(plain).join(", ")}.` : "";
}

// Which readers told a mention: W (words), L (learned), or both.
function readers(mention) {
  const told = mention.opinions.filter((opinion) => opinion.assertion !== null).map((opinion) => opinion.reader);
  return told.length ? told : [mention.match === "learned" ? "learned" : "words"];
}

const letters = (names) => names.map((name) => name[0].toUpperCase()).join("+");

function spans(said) {
  const spans = said.mentions.map((mention) => ({
    start: mention.start, end: mention.end, kind: COUNTS.has(mention.assertion) ? "counts" : "not",
    letters: letters(readers(mention)),
    told: `${mention.label}: ${plain(mention.assertion)}, read by ${readers(mention).join(" and ")}`,
  }));
  const withdrawn = said.withdrawn.map(({ start, end, label }) =>
    ({ start, end, kind: "withdrawn", letters: "W", told: `${label}: withdrawn` }));
  const left = said.not_understood.map(({ start, end }) => ({ start, end, kind: "left", letters: "?", told: "not understood" }));
  return [...spans, ...withdrawn, ...left];
}

// Spans may overlap, so the text is cut at every edge. Offsets count code points, not JavaScript's halves of them.
function marked(said, text) {
  const points = Array.from(text);
  const all = spans(said);
  const edges = new Set([0, points.length]);
  for (const { start, end } of all) edges.add(start).add(end);
  const cuts = [...edges].sort((one, other) => one - other);
  return cuts.slice(0, -1).map((start, number) => piece(points, start, cuts[number + 1], all));
}

const ORDER = ["counts", "left", "withdrawn", "not"];

function piece(points, start, end, all) {
  const words = points.slice(start, end).join("");
  const here = all.filter((span) => span.start <= start && end <= span.end);
  if (here.length === 0) return document.createTextNode(words);
  const kind = ORDER.find((name) => here.some((span) => span.kind === name));
  const ends = here.filter((span) => span.end === end);
  const told = ends.map((span) => span.told).join("; ");
  const badge = [...new Set(ends.map((span) => span.letters))].join(" ");
  return made("mark", { className: kind, title: here.map((span) => span.told).join("; ") }, words,
    ends.length ? made("sup", { ariaHidden: "true" }, badge) : null,
    ends.length ? made("span", { className: "unseen" }, ` (${told}) `) : null);
}

function row(mention) {
  const cells = {
    Words: mention.text,
    Symptom: [mention.label, ...mention.modifiers.filter((name) => !["acute", "unstated"].includes(name))].map(plain).join(", "),
    "Said as": plain(mention.assertion),
    "Because of": mention.cue ? `“${mention.cue.text}”` : "–",
    "Read by": readers(mention).join(" and ") + (mention.match === "learned" ? ` (${Math.round(mention.score * 100)}% sure)` : ""),
    Code: (mention.codes || []).map((code) => code.code).join(", ") || "–",
  };
  return made("tr", {}, ...Object.entries(cells).map(([name, value]) => {
    const cell = made("td", {}, value);
    cell.dataset.name = name;
    return cell;
  }));
}

function rules(said) {
  if (said.fired.length === 0) return [made("p", {}, "No rule asks for anything.")];
  return said.fired.map((rule, number) => made("details", { open: number === 0 },
    made("summary", {}, `${rule.title}: ${rule.level ? plain(rule.level) : "finding"}`),
    made("p", {}, rule.because),
    made("p", { className: "because" }, `Limits: ${rule.limits}`),
    rule.window && made("p", { className: "because" }, `Window: ${rule.window}`),
    made("ul", {}, ...rule.citations.map(cited)),
    made("p", { className: "because" }, `Rule ${rule.rule}, ${rule.status}`)));
}

function cited(citation) {
  const words = `${citation.title}, ${citation.at} (${citation.edition})`;
  const safe = /^https?:\/\//.test(citation.url || "");
  return made("li", {}, safe ? made("a", { href: citation.url, rel: "noreferrer" }, words) : words);
}

function question(asked) {
  return made("li", {}, made("p", {}, asked.question), ...asked.choices.map((choice) => {
    const leads = `${choice.text} → ${plain(choice.urgency)}${choice.title ? ` (${choice.title})` : ""}`;
    return made("button", { type: "button", onclick: () => answered(asked.id, choice.id) }, leads);
  }));
}

function answered(id, choice) {
  answers.push({ question: id, choice });
  read();
}

// The days that a history of treatment and what the text tells of the beginning of symptoms come to.
function counted(said) {
  if (!said.on || said.days_since_infusion === null) return [];
  const began = said.onsets.map((onset) => `“${onset.text}”`).join(", ");
  const days = said.days_counted.join(" and ");
  return [`On ${said.on}, counted as day ${days} since ${said.counted_from}${began ? `, because of ${began}` : ""}.`];
}

function taken(said) {
  const told = (said.answers || []).map((answer) => `Answered: ${answer.asked} ${answer.said}`);
  return [...told, ...counted(said), ...said.assumptions, `Rulebook ${said.rulebook}, vocabulary ${said.vocabulary}, engine ${said.engine}.`,
    `Readers: ${said.readers.join(", ")}.`, "Codes: Human Phenotype Ontology."];
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  answers = [];
  read();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("form").requestSubmit();
});
start().catch((error) => { at("problem").textContent = `The service does not answer. ${error.message}`; });
