"""The site of ``docs/``: built without a warning, and in a real browser whole, quiet, and asking nobody else."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import click
import pytest
from test_book import Page

import lemtrada_triage
from lemtrada_triage.show.cli import cli

for needed in ("sphinx", "furo", "myst_parser", "sphinx_click"):
    pytest.importorskip(needed, reason=f"{needed} is not installed (pip install '.[docs]')")

ROOT = Path(__file__).resolve().parent.parent
STRICT = ["--fail-on-warning", "--keep-going", "--quiet"]


def built(source: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *STRICT, "-d", str(folder / "kept"), str(source), str(folder / "site")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    done = built(ROOT / "docs", folder)
    assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path):
    (tmp_path / "index.md").write_text("# A page\n\n[there](nowhere.md)\n", encoding="utf-8")
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser"]\n', encoding="utf-8")
    done = built(tmp_path, tmp_path)
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr


def test_every_page_of_docs_is_in_the_site_and_can_be_reached_from_the_first(pages, site):
    sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    written = {path.with_suffix(".html").as_posix() for path in sources}
    assert written <= pages.keys()
    linked = {unquote(urljoin("index.html", urldefrag(link)[0])) for link in pages["index.html"].links}
    assert written - {"index.html"} <= linked


def test_every_link_leads_to_a_place_that_exists(pages, site):
    broken = []
    for name, page in pages.items():
        for link in (*page.links, *page.loads):
            if urlsplit(link).scheme or link in ("#", ""):
                continue
            target, anchor = map(unquote, urldefrag(urljoin(name, link.partition("?")[0] or name)))
            anchor = unquote(link.partition("#")[2])
            if not (site / target).is_file() or (anchor and target in pages and anchor not in pages[target].ids):
                broken.append((name, link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(pages):
    assert {load for page in pages.values() for load in page.loads if urlsplit(load).netloc} == set()


def test_public_names_are_in_the_reference_with_their_words(pages):
    text = " ".join(pages["reference/library.html"].text.split())
    for name in lemtrada_triage.__all__:
        first_words = (getattr(lemtrada_triage, name).__doc__ or "").strip().split("``")[0][:40]
        assert " ".join(first_words.split()) in text, name


def test_every_verb_of_the_command_line_is_in_the_reference_once(pages):
    text = pages["reference/commands.html"].text
    for verb in cli.list_commands(click.Context(cli)):
        assert len(re.findall(rf"^lemtrada-triage {verb} \[", text, re.MULTILINE)) == 1, verb


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    """The site behind a server of this machine: what a page asks for is then seen."""
    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


def looked_at(page, address: str, name: str, width: int, dark: bool) -> list[str]:
    """What is wrong with how a page stands in its window."""
    page.goto(f"{address}/{name}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    paper, ink = (
        sum(map(float, page.evaluate(f"getComputedStyle(document.body).{what}.match(/[\\d.]+/g)")[:3]))
        for what in ("backgroundColor", "color")
    )
    wrong = [f"{name}: {wide} wide in a window of {width}"] if wide > width else []
    return wrong + ([f"{name}: not in the colours that the reader wants"] if (paper < ink) is not dark else [])


def watched(page, address: str) -> list[str]:
    """What a page complains of, or asks others for, from now on."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(f"{said.type}: {said.text}") if said.type != "log" else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    page.on("response", lambda came: wrong.append(f"{came.status}: {came.url}") if came.status >= 400 else None)
    return wrong


def test_in_a_browser_a_request_to_another_host_a_lost_file_and_an_error_would_be_noticed(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/start.html")
    wrong = watched(page, address)
    body = '<img src="http://other.invalid/a.png"><img src="lost.png"><script>oops()</script>'
    page.evaluate("body => document.write(body)", body)
    page.wait_for_load_state("networkidle")
    page.close()
    for sign in ("http://other.invalid/a.png", "404: ", "error: oops is not defined"):
        assert any(sign in one for one in wrong), (sign, wrong)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (1400, "dark"), (360, "light"), (360, "dark")])
def test_in_a_browser_every_page_fits_is_quiet_and_asks_nobody_else(browser, address, pages, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    wrong = watched(page, address)
    for name in pages:
        wrong += looked_at(page, address, name, width, scheme == "dark")
    page.close()
    assert wrong == []


def test_in_a_browser_the_search_finds_a_page_also_from_a_folder_without_a_server(browser, address, site):
    for start in (address, site.as_uri()):
        page = browser.new_page()
        page.goto(f"{start}/search.html?q=hazards")
        page.wait_for_selector("#search-results a:has-text('Residual hazards')", timeout=60_000)
        page.close()


@pytest.mark.parametrize(("width", "shown"), [(1400, "table-cell"), (360, "block")])
def test_in_a_browser_hazards_are_a_table_or_on_a_phone_a_card_each(browser, address, width, shown):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{address}/safety/hazards.html")
    assert page.evaluate("getComputedStyle(document.querySelector('table.hazards td')).display") == shown
    page.close()
