"""The page of a scored log: what it counts, that it is safe to open, and how it stands in a real browser."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from lemtrada_triage.batch.dates import date_of
from lemtrada_triage.batch.files import score_files
from lemtrada_triage.batch.plan import Plan
from lemtrada_triage.batch.report import report
from lemtrada_triage.batch.scoredlog import Names
from lemtrada_triage.decide.rulebook import Rulebook
from lemtrada_triage.model import InputError
from lemtrada_triage.show.cli import cli

HEADER = "patient,date,message,days,urgency,urgency_rank,concepts,rules,understood,warning,error,more\n"
SCRIPT = "<script>alert(1)</script>"
LOG = HEADER + "".join(
    [
        f"P1,2026-03-02,{SCRIPT} & my face droops,2,call_911,5,facial_droop,stroke stroke-face-droop,true,,,x\n",
        "P1,2026-03-09 10:00,fever,9,get_help_now,4,fever,infection,true,,,\n",
        "P2,2026-03-09,hmm,about 3 weeks,routine,1,,,false,'days': odd,,\n",
        "P3,soon,oh \ufffd,1,,,,,,,line 5: bytes that are not UTF-8 in 'message',\n",
        "P4,2026-03-30,bruises,2000,contact_provider_now,3,easy_bruising,blood-signs,true,,,\n",
    ]
)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return Rulebook.load()


def page(log: str, rulebook: Rulebook, name: str = "scored.csv", names: Names | None = None) -> str:
    return report(io.BytesIO(log.encode()), name, rulebook, names)


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def lines(self) -> str:
        return " ".join(self.words.split())


def test_a_page_counts_rows_by_level_and_names_who_needs_someone_today(rulebook):
    lines = Page(page(LOG, rulebook)).lines
    assert "scored.csv · 5 rows" in lines
    assert re.search(r"1 ?call 911.*1 ?get help now.*1 ?contact provider now.*0 ?contact provider.*1 ?routine", lines)
    assert "Who needs someone today: 2" in lines
    assert re.search(r"P1 · row 1 · 2026-03-02 · day 2 · 1 more of this kind .*Possible stroke.*P4 · row 5", lines)
    assert "Not understood, or the readers disagree: 1" in lines
    assert "Rows that were not scored: 1" in lines and "line 5: bytes that are not UTF-8 in 'message'" in lines
    assert "Rows with untidy cells: 1" in lines


def test_weeks_without_rows_are_shown_and_rows_without_a_date_are_counted(rulebook):
    lines = Page(page(LOG, rulebook)).lines
    assert "Rows by level; 1 have no date that can be read." in lines
    for week in ("2026-03-02 1 0 0 0 0", "2026-03-09 0 1 0 0 1", "2026-03-16 0 0 0 0 0", "2026-03-30 0 0 1 0 0"):
        cells = r"\s*".join(map(re.escape, week.split()))
        assert re.search(cells, lines), week


def test_a_log_of_years_is_shown_by_month(rulebook):
    row = "P1,{},x,9,routine,1,,,true,,,\n"
    lines = Page(page(HEADER + row.format("2020-01-06") + row.format("2026-03-02"), rulebook)).lines
    assert "By month" in lines and re.search(r"2020-02\s*0\s*0\s*0\s*0\s*0", lines) and "2020-01-06" not in lines


def test_days_are_counted_by_the_spans_of_the_rules(rulebook):
    lines = Page(page(LOG, rulebook)).lines
    assert re.search(r"0-3\s*1\s*0\s*0\s*0\s*0", lines)
    assert re.search(r"1462\+\s*0\s*0\s*1\s*0\s*0", lines)
    assert re.search(r"4-30\s*0\s*1\s*0\s*0\s*1", lines), "'about 3 weeks' is 21 days"


def test_what_patients_write_stays_text(rulebook):
    read = Page(page(LOG, rulebook))
    assert "script" not in [tag for tag, _ in read.tags]
    assert f"{SCRIPT} & my face droops" in read.words


@pytest.mark.parametrize("column", ["message", "patient", "concepts", "rules", "warning", "error"])
def test_no_column_can_bring_in_markup(rulebook, column):
    urgency = None if column == "error" else "call_911"
    row = dict.fromkeys(HEADER.strip().split(","), "a") | {"urgency": urgency, "understood": False}
    row |= {"error": "", "warning": ""} | {column: '"><img/src=x/onerror=alert(1)>'}
    read = Page(page(json.dumps(row) + "\n", rulebook, "scored.jsonl"))
    assert "img" not in [tag for tag, _ in read.tags]
    shown = read.words.replace(" ", "_")
    assert "<img/src=x/onerror=alert(1)>" in shown


def test_a_page_loads_nothing_and_runs_nothing(rulebook):
    text = page(LOG, rulebook)
    read = Page(text)
    assert {"script", "link", "iframe", "img", "object", "image", "use", "base"}.isdisjoint(tag for tag, _ in read.tags)
    named = [name for _, attributes in read.tags for name in attributes]
    assert not [name for name in named if name in ("src", "href", "xlink:href", "srcset") or name.startswith("on")]
    style = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert "url(" not in style and "@import" not in style and "var(--l5)" in style
    policy = [attributes["content"] for _, attributes in read.tags if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_words_that_led_there_are_marked_where_the_log_has_them(rulebook):
    mentions = [
        {"concept": "fever", "assertion": "absent", "start": 3, "end": 8},
        {"concept": "facial_droop", "assertion": "present", "start": 10, "end": 24},
    ]
    row = {"message": "no fever, my face droops", "urgency": "call_911", "rules": ["stroke"], "mentions": mentions}
    text = page(json.dumps(row | {"understood": True, "error": None}) + "\n", rulebook, "scored.jsonl")
    assert "<blockquote>no fever, <mark>my face droops</mark></blockquote>" in text
    written = {name: json.dumps(value) if name == "mentions" else "" for name, value in row.items()}
    assert "<mark>" not in page(json.dumps(row | written | {"error": ""}), rulebook, "scored.jsonl")


def test_drawing_leaves_later_imports_without_warnings():
    # What is found nowhere is looked for by every finder there is.
    script = "import lemtrada_triage.batch.charts, importlib.util as u; assert u.find_spec('not_there') is None"
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True, capture_output=True)


def test_the_same_log_makes_the_same_page(rulebook):
    assert page(LOG, rulebook) == page(LOG, rulebook)


def test_columns_can_be_named_and_a_prefix_told(rulebook):
    log = "who,when,said,new_urgency,new_rules,new_error\nP9,2026-01-01,hello,routine,,\n"
    lines = Page(page(log, rulebook, names=Names("said", date="when", patient="who", prefix="new_"))).lines
    assert "1 rows" in lines and "By week" in lines
    with pytest.raises(InputError, match=r"no column 'tage' for the days\. Columns there: who, when"):
        page(log, rulebook, names=Names(days="tage", prefix="new_"))


@pytest.mark.parametrize(
    ("log", "name", "reason"),
    [
        ("message\nhello\n", "a.csv", "no scored log: it has no column urgency, rules, error. Score it first"),
        ("", "a.csv", "a.csv has no rows"),
        ("{", "a.jsonl", "line 1 of the scored log is not valid JSON"),
        ("[]", "a.jsonl", "line 1 of the scored log is not a JSON object"),
    ],
)
def test_what_is_no_scored_log_is_refused_kindly(rulebook, log, name, reason):
    with pytest.raises(InputError, match=re.escape(reason)):
        page(log, rulebook, name)


def test_dates_are_read_as_they_are_written_in_logs():
    written = ("2026-03-02", " 2026-03-02 08:14", "2026-03-02T08:14Z")
    assert {str(date_of(cell)) for cell in written} == {"2026-03-02"}
    assert [date_of(cell) for cell in ("", None, "soon", "2026-13-01", 5)] == [None] * 5


def test_the_command_writes_the_page_of_a_log_that_score_has_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = Path(__file__).resolve().parent.parent / "examples" / "symptom-log.csv"
    assert CliRunner().invoke(cli, ["score", str(log), "-o", "scored.csv", "--reader", "words"]).exit_code == 0
    done = CliRunner().invoke(cli, ["report", "scored.csv", "-o", "report.html"])
    assert (done.exit_code, done.output) == (0, "")
    lines = Page(Path("report.html").read_text(encoding="utf-8")).lines
    assert "scored.csv · 24 rows" in lines and "my face is kinda drooping n cant talk rite" in lines
    refused = CliRunner().invoke(cli, ["report", "scored.csv", "-o", "scored.csv"])
    assert (refused.exit_code, "the same file" in refused.output) == (2, True)


@pytest.mark.parametrize("out", ["scored.json", "scored.parquet", "scored.jsonl.gz", "scored.csv.gz"])
def test_a_scored_log_of_any_form_makes_the_same_page(tmp_path, rulebook, triage, out):
    pa = pytest.importorskip("pyarrow")
    rows = [{"patient": "P1", "date": "2026-03-02", "days": 2, "message": "my face droops"}]
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(map(json.dumps, rows)))
    if ".csv" in out:
        log = tmp_path / "log.csv"
        log.write_text("patient,date,days,message\nP1,2026-03-02,2,my face droops\n")
    if out == "scored.json":
        log = log.rename(tmp_path / "log.json")
        log.write_text(json.dumps(rows))
    if out == "scored.parquet":
        pq = pytest.importorskip("pyarrow.parquet")
        log = tmp_path / "log.parquet"
        pq.write_table(pa.Table.from_pylist(rows), log)
    score_files(triage, Plan((str(log),), str(tmp_path / out)))
    with (tmp_path / out).open("rb") as stream:
        text = report(stream, out, rulebook)
    assert "face droops</mark>" in text
    assert "P1 · row 1 · 2026-03-02 · day 2" in Page(text).lines


@pytest.mark.parametrize(("width", "scheme", "narrow"), [(390, "light", True), (1280, "dark", False)])
def test_in_a_browser_the_page_fits_asks_for_nothing_and_follows_the_scheme(
    browser, rulebook, tmp_path, width, scheme, narrow
):
    path = tmp_path / "report.html"
    path.write_text(page(LOG, rulebook), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    shown = context.new_page()
    asked: list[str] = []
    told: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: told.append(message.text))
    shown.on("dialog", lambda dialog: told.append(dialog.message))
    shown.goto(path.as_uri())
    assert asked == [path.as_uri()] and told == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.locator("#days ~ figure .narrow").is_visible() is narrow
    background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(18, 22, 26)") is (scheme == "dark")
    bar = shown.locator("#days ~ figure svg:visible .level-5 rect.rect").first
    assert bar.evaluate("bar => getComputedStyle(bar).fill") in ("rgb(165, 18, 58)", "rgb(255, 109, 141)")
    labels = shown.evaluate(
        """[...document.querySelectorAll('svg')].filter(one => one.clientWidth).every(one => {
            const frame = one.getBoundingClientRect();
            return [...one.querySelectorAll('.axis text')].every(text => {
                const box = text.getBoundingClientRect();
                return box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.bottom <= frame.bottom + 1;
            });
        })"""
    )
    assert labels, "every label stands inside its chart"
    context.close()


def test_on_paper_the_page_is_light_and_nothing_is_cut(browser, rulebook, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page(LOG, rulebook), encoding="utf-8")
    context = browser.new_context(color_scheme="dark")
    shown = context.new_page()
    shown.goto(path.as_uri())
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.evaluate("getComputedStyle(document.querySelector('blockquote')).overflowY") == "visible"
    context.close()
