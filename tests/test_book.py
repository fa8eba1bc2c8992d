"""The book that clinicians review: whole, without dead ends, and a signed sheet becomes ``reviewed_by``."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage.author.axis import Axis
from lemtrada_triage.author.book import write_book
from lemtrada_triage.author.signoff import fingerprint_of
from lemtrada_triage.author.workbench import Workbench
from lemtrada_triage.decide.conditions import Days, leaves
from lemtrada_triage.decide.sources import fingerprint
from lemtrada_triage.show.cli import cli

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.usefixtures("words_loaded_once")


class Page(HTMLParser):
    """What a page refers to, what it can be referred to by, and its words."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        if "href" in values or "src" in values:
            target = self.links if tag == "a" else self.loads
            target.append(values.get("href") or values.get("src"))

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def bench() -> Workbench:
    return Workbench()


@pytest.fixture(scope="module")
def site(bench, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    write_book(bench, folder)
    return folder


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    return {path.name: Page(path) for path in site.glob("*.html")}


def test_every_link_of_the_book_leads_to_a_place_that_exists(pages):
    broken = []
    for name, page in pages.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if "://" not in link and (
                (target or name) not in pages or (anchor and anchor not in pages[target or name].ids)
            ):
                broken.append((name, link))
    assert broken == []


def test_no_id_stands_twice_on_a_page(pages):
    assert [name for name, page in pages.items() if len(set(page.ids)) < len(page.ids)] == []


def test_the_book_needs_no_network(pages, site):
    assert {load for page in pages.values() for load in page.loads if "/" in load} == set()
    assert not re.search(r"https?://", (site / "style.css").read_text() + (site / "search.js").read_text())


def test_every_rule_stands_with_its_reason_limits_places_and_cases(bench, pages):
    text = " ".join(" ".join(page.text.split()) for name, page in pages.items() if name.startswith("rules-"))
    for rule in bench.rulebook.rules:
        fires, silent = bench.cases_of(rule.id)
        wanted = [rule.title, rule.because, rule.limits, *(one.at for one in rule.citations)]
        wanted += [found.case.name for found in (*fires, *silent)]
        assert [words for words in wanted if " ".join(words.split()) not in text] == [], rule.id


def test_every_wording_of_every_concept_can_be_read(bench, pages):
    text = "\n".join(page.text for name, page in pages.items() if name.startswith("words-"))
    entries = bench.vocabulary.entries
    assert [term for entry in entries for term in entry.terms if term.replace("=", "") not in text] == []


def test_every_window_is_drawn_where_its_days_are(bench, site):
    axis = Axis(bench.rulebook)
    drawn = (site / "days.html").read_text(encoding="utf-8")
    for rule in bench.rulebook.rules:
        named = {leaf for leaf in leaves(rule.condition) if isinstance(leaf, Days)}
        named |= {rule.peak.days} if rule.peak else set()
        bars = axis.bars(rule)
        assert len(bars) == len(named) + (rule.peak is not None and rule.peak.days in leaves(rule.condition))
        assert all(0 <= bar.start < bar.start + bar.width <= 100.01 for bar in bars)
        assert all(f'x="{bar.start}%" width="{bar.width}%"' in drawn for bar in bars)


def test_the_axis_keeps_the_order_of_days_and_has_room_behind_the_last_bound(bench):
    axis = Axis(bench.rulebook)
    places = [axis.at(day) for day in bench.rulebook.days_cuts]
    assert places == sorted(set(places))
    assert places[-1] < 100


def test_lines_that_ask_for_something_and_that_no_rule_cites_are_named(bench, pages):
    source = bench.rulebook.sources["goodrx-lemtrada"]
    cited = {one.at for rule in bench.rulebook.rules for one in rule.citations if one.source == source.id}
    asking = {place for place, level in source.levels.items() if level.value != "routine"} - cited
    ids = {name for name in pages["uncovered.html"].ids if name.endswith("-missed")}
    assert ids == {f"goodrx-lemtrada-{place}-missed" for place in asking}
    assert {f"goodrx-lemtrada-{place}" for place in source.lines or ()} <= set(pages["uncovered.html"].ids)


def test_a_copy_lends_its_words_to_the_book_and_a_changed_line_is_marked(tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    lines = ["Tell somebody <b>soon</b>.", "Other words now."]
    copy = tmp_path / "page.txt"
    copy.write_text("\n".join(lines), encoding="utf-8")
    with (rules / "sources.yaml").open("a", encoding="utf-8") as registry:
        registry.write(
            '  - {id: a-page, title: A page, publisher: Somebody, edition: "1", read: all, levels: {call_911: [L1]},\n'
            f'     lines: {{L1: "{fingerprint(lines[0])}", L2: "0000000000000000"}}}}\n'
        )
    write_book(Workbench(rules), tmp_path / "book", [f"a-page={copy}"])
    html = (tmp_path / "book" / "uncovered.html").read_text(encoding="utf-8")
    assert "Tell somebody &lt;b&gt;soon&lt;/b&gt;." in html
    assert re.search(r'id="a-page-L2"[^\n]*changed', html)
    assert not re.search(r'id="a-page-L1"[^\n]*changed', html)


def sheet(*agreed: tuple[str, str], remark: str = "") -> str:
    rules = "".join(f'  - {{id: {name}, read: "{read}"}}\n' for name, read in agreed)
    remarks = f"remarks:\n  - {{id: stroke, remark: {json.dumps(remark)}}}\n" if remark else ""
    return f'reviewed_by: "Dr. A. \\"Ex\\" Ample, neurologist"\nreviewed_on: 2026-11-30\nrules:\n{rules}{remarks}'


def signed(folder: Path, text: str):
    (folder / "sign-off.yaml").write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, ["sign-off", str(folder / "sign-off.yaml"), "--rules", str(folder / "rules")])


def test_a_signed_sheet_marks_its_rules_as_reviewed_and_touches_nothing_else(bench, tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    ids = ["stroke", "stroke-speech", "blue-lips", "overdose"]
    agreed = [(name, fingerprint_of(bench.by_id[name])) for name in ids]
    result = signed(tmp_path, sheet(*agreed, remark="Say 112 too."))
    assert result.exit_code == 0, result.output
    assert "4 rules reviewed" in result.output
    assert "stroke: Say 112 too." in result.output
    after = Workbench(rules)
    reviewed = [rule.id for rule in after.rulebook.rules if rule.status == "reviewed"]
    assert sorted(reviewed) == sorted(ids)
    assert after.rules["stroke"].raw["reviewed_by"] == 'Dr. A. "Ex" Ample, neurologist'
    for before in ROOT.joinpath("rules").glob("*.yaml"):
        old, new = before.read_text(encoding="utf-8"), (rules / before.name).read_text(encoding="utf-8")
        kept = re.sub(r"^    reviewed_(by|on):.*\n", "", new, flags=re.MULTILINE)
        assert kept.replace("status: reviewed", "status: draft") == old


def test_signing_again_replaces_the_signature(bench, tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    text = sheet(("stroke", fingerprint_of(bench.by_id["stroke"])))
    signed(tmp_path, text)
    assert signed(tmp_path, text.replace("2026-11-30", "2026-12-24")).exit_code == 0
    assert str(Workbench(rules).rules["stroke"].raw["reviewed_on"]) == "2026-12-24"
    assert (rules / "stroke.yaml").read_text(encoding="utf-8").count("reviewed_by") == 1


@pytest.mark.parametrize(
    ("agreed", "said"),
    [
        (("stroke", "00000000"), "'stroke' has changed since the reviewer read it"),
        (("strok", "00000000"), "did you mean 'stroke'?"),
    ],
)
def test_a_rule_that_is_not_as_it_was_read_is_refused_and_nothing_is_written(bench, tmp_path, agreed, said):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    result = signed(tmp_path, sheet(("blue-lips", fingerprint_of(bench.by_id["blue-lips"])), agreed))
    assert result.exit_code == 2
    assert said in result.output
    assert (rules / "emergencies.yaml").read_bytes() == (ROOT / "rules" / "emergencies.yaml").read_bytes()


def test_a_rule_in_one_line_is_left_to_be_signed_by_hand(tmp_path):
    rules = shutil.copytree(ROOT / "examples" / "my-rules", tmp_path / "rules")
    (rules / "hiccups.yaml").write_text(
        "rules: [{id: hiccups, title: Hiccups, level: contact_provider, when: hiccups, because: So., limits: None.,"
        " cite: [{source: clinic-handbook, at: page 12}], status: draft}]\n",
        encoding="utf-8",
    )
    read = fingerprint_of(Workbench(rules).by_id["hiccups"])
    result = signed(tmp_path, sheet(("hiccups", read)))
    assert result.exit_code == 2
    assert "add the three keys by hand" in result.output


def test_the_fingerprint_of_a_rule_follows_what_is_read_of_it(bench, tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = rules / "stroke.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Possible stroke", "Perhaps a stroke"), encoding="utf-8")
    after = Workbench(rules)
    changed = [name for name, rule in bench.by_id.items() if fingerprint_of(rule) != fingerprint_of(after.by_id[name])]
    assert changed == ["stroke"]


def opened(browser, site: Path, name: str, width: int = 1200):
    page = browser.new_page(viewport={"width": width, "height": 800}, accept_downloads=True)
    page.on("pageerror", lambda error: pytest.fail(f"{name}: {error}"))
    page.goto((site / name).as_uri())
    return page


def test_in_a_browser_the_search_finds_a_rule_and_goes_there(browser, site):
    page = opened(browser, site, "index.html")
    page.fill("#search", "slurred")
    page.wait_for_selector("#found a")
    assert "Trouble speaking" in page.inner_text("#found") or "speaking" in page.inner_text("#found")
    page.fill("#search", "possible stroke")
    page.press("#search", "Enter")
    page.wait_for_url("**/rules-stroke.html#stroke")
    page.fill("#search", "zzzz")
    page.wait_for_selector("text=Nothing has all of these words.")
    page.close()


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_in_a_browser_no_page_is_wider_than_its_window(browser, site, pages, width):
    for name in ("index.html", "days.html", "uncovered.html", "sign-off.html", "sources.html", "rules-stroke.html",
                 "words-concepts-blood.html"):  # fmt: skip
        page = opened(browser, site, name, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.close()


@pytest.mark.parametrize(("media", "scheme", "dark"), [("screen", "dark", True), ("screen", "light", False),
                                                       ("print", "dark", False)])  # fmt: skip
def test_in_a_browser_a_page_is_dark_where_the_reader_wants_it_but_never_on_paper(browser, site, media, scheme, dark):
    page = opened(browser, site, "rules-stroke.html")
    page.emulate_media(media=media, color_scheme=scheme)
    paper, ink = (
        [int(one) for one in page.evaluate(f"getComputedStyle(document.body).{what}.match(/\\d+/g)")[:3]]
        for what in ("backgroundColor", "color")
    )
    assert (sum(paper) < sum(ink)) is dark
    assert abs(sum(paper) - sum(ink)) > 450
    page.close()


def test_in_a_browser_what_is_folded_is_open_on_paper(browser, site):
    page = opened(browser, site, "rules-stroke.html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    page.close()


def test_in_a_browser_a_filled_sheet_is_saved_as_a_file_that_signs_the_rules(browser, site, tmp_path):
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    page = opened(browser, site, "sign-off.html")
    page.click("#save")
    assert page.inner_text("#said") == "Write your name first."
    page.fill("#by", 'Dr. B: "neuro" \\ nurse')
    page.fill("#on", "2026-11-30")
    page.check(".sign[data-id=stroke] input[type=checkbox]")
    page.fill(".sign[data-id=overdose] .remark", "Name the poison line: 1-800?")
    page.reload()
    assert page.input_value("#by") == 'Dr. B: "neuro" \\ nurse'
    with page.expect_download() as saved:
        page.click("#save")
    saved.value.save_as(tmp_path / "saved.yaml")
    result = signed(tmp_path, (tmp_path / "saved.yaml").read_text(encoding="utf-8"))
    assert result.exit_code == 0, result.output
    assert "overdose: Name the poison line: 1-800?" in result.output
    assert Workbench(rules).rules["stroke"].raw["reviewed_by"] == 'Dr. B: "neuro" \\ nurse'
    page.close()
