"""The nurse's page of the example service in a real browser: by keyboard, by axe, on a phone, in the dark."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lemtrada_triage import Triage

NEEDS = "the example service and its browser need packages that are not installed"
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NEEDS)
uvicorn = pytest.importorskip("uvicorn", reason=NEEDS)
create_app = pytest.importorskip("triage_service.app", reason=NEEDS).create_app
Settings = pytest.importorskip("triage_service.settings", reason=NEEDS).Settings

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1200, "height": 900}
MESSAGE = (
    "\U0001f622 no fever but my face is kinda drooping <b>n</b> i cant speak, mum had a stroke. "
    "my flibber is sore and awful"
)


@pytest.fixture(scope="module")
def address(triage: Triage) -> Iterator[str]:
    """Where the service answers, on a port of its own."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    app = create_app(Settings(rate="100000/second"), triage)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server.should_exit = True
    thread.join()
    listening.close()


def opened(browser: Any, address: str, size: dict[str, int] = DESK, scheme: str = "light") -> Any:
    """The page, on which any error or any request to elsewhere fails the test that asks for ``errors``."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda line: page.errors.append(line.text) if line.type in ("error", "warning") else None)
    page.on(
        "request", lambda asked: page.errors.append(asked.url) if not asked.url.startswith((address, "data:")) else None
    )
    page.goto(address)
    page.wait_for_selector("#flags:not([hidden])")
    return page


def read(page: Any, text: str, days: str = "2") -> Any:
    page.fill("#text", text)
    page.fill("#days", days)
    page.click("button[type=submit]")
    page.wait_for_selector("#result:not([hidden])")
    return page


def test_a_message_shows_its_urgency_words_rules_and_sources(browser: Any, address: str) -> None:
    page = read(opened(browser, address), MESSAGE)
    assert page.inner_text("#urgency") == "Call 911"
    assert "a person should read" in page.inner_text("#unread")
    words = {
        mark.evaluate("one => one.firstChild.data"): mark.get_attribute("class")
        for mark in page.query_selector_all("#marked mark")
    }
    assert words["fever"] == "not" and words["face is kinda drooping"] == "counts" and words["stroke"] == "not"
    assert "left" in words.values()
    assert "drooping or crooked face: uncertain, read by words" in page.text_content("#marked")
    assert "Possible stroke" in page.inner_text("#rules details[open] summary")
    assert page.get_attribute("#rules details[open] a", "href").startswith("https://")
    assert page.errors == []
    page.close()


def test_dates_of_infusions_are_counted_in_the_place_of_days(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.click("form summary")
    page.fill("#courses", "2025-03-03..2025-03-07\n2026-03-02, 2026-03-03 .. 2026-03-04")
    page.fill("#on", "2026-03-12")
    read(page, "hives all over since 4 days ago", "900")
    told = page.inner_text("#assumptions")
    assert "On 2026-03-12, counted as day 4 and 8 since the last infusion" in told and "4 days ago" in told
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("courses", ["3rd of March", "2026-03-06..2026-03-02", "2026-02-30x", "2020-01-01..2026-01-01"])
def test_dates_that_are_none_are_told_and_nothing_is_sent(browser: Any, address: str, courses: str) -> None:
    page = opened(browser, address)
    page.click("form summary")
    page.fill("#courses", courses)
    page.fill("#text", "all good")
    page.click("button[type=submit]")
    page.wait_for_selector("#problem:not(:empty)")
    assert f"“{courses}” is no day" in page.inner_text("#problem") and page.is_hidden("#result")
    page.close()


def test_words_stay_words_and_offsets_hold_after_a_character_beyond_16_bits(browser: Any, address: str) -> None:
    page = read(opened(browser, address), MESSAGE)
    unmarked = page.evaluate(
        "[...document.getElementById('marked').childNodes].map(one => (one.firstChild || one).data).join('')"
    )
    assert unmarked == MESSAGE
    assert page.query_selector("#marked b") is None
    page.close()


def test_all_is_done_by_keyboard_and_the_result_is_told(browser: Any, address: str) -> None:
    page = opened(browser, address)
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("my face droops")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")  # the summary of the dates
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#result:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "result"
    assert page.is_checked("input[name=flag] >> nth=0")
    assert page.get_attribute("#status", "role") == "status" and page.inner_text("#status") == "Done."
    page.close()


def test_a_message_that_was_refused_leaves_no_old_result_and_says_why(browser: Any, address: str) -> None:
    page = read(opened(browser, address), "all good")
    page.route(
        "**/v1/assess",
        lambda route: route.fulfill(status=429, headers={"Retry-After": "7"}, json={"title": "Too many requests"}),
    )
    page.click("button[type=submit]")
    page.wait_for_selector("#problem:not(:empty)")
    assert page.inner_text("#problem") == (
        "The message was not read. Too many requests. Try again in 7 seconds. A person should read it."
    )
    assert page.is_hidden("#result")
    page.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Any, address: str, size: dict[str, int], scheme: str
) -> None:
    page = opened(browser, address, size, scheme)
    page.click("form summary")
    found = [one["id"] for one in axe.Axe().run(page).response["violations"]]
    read(page, MESSAGE)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found += [(one["id"], one["nodes"][0]["html"]) for one in axe.Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_axe_would_find_a_field_without_a_name(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.evaluate("document.querySelector('label[for=text]').remove()")
    assert "label" in [one["id"] for one in axe.Axe().run(page).response["violations"]]
    page.close()


def test_a_question_is_answered_by_a_button_that_says_where_it_leads(browser: Any, address: str) -> None:
    page = read(opened(browser, address), "headache")
    page.click("#questions button >> nth=0")
    page.wait_for_selector("#urgency:text-is('Call 911')")  # the page forbids what a function to wait for would need
    assert page.text_content("#urgency") == "Call 911"
    assert "Answered:" in page.inner_text("#assumptions")
    assert [one["id"] for one in axe.Axe().run(page).response["violations"]] == []
    page.close()
