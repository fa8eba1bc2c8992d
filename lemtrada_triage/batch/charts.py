"""The charts of a report, drawn by pygal as SVG that needs no script, no style of its own and no network."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pygal
from pygal.style import Style

# pygal puts a finder of an old kind before all later imports, for plugins that are not used here; Python warns of it.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_SVG = "{http://www.w3.org/2000/svg}"
_MOST_LABELS = 160  # characters of labels below a chart, beyond which only some of them are written

_STYLE = Style(label_font_size=12, major_label_font_size=12)  # for room alone: the page's own style draws
_LONGEST_NAME = 48  # characters of a name beside a bar


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its name, its CSS class, and a number for each label."""

    name: str
    style: str
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """A stacked bar chart; ``axis`` says what the labels are. ``across``: bars lie, as long names need."""

    labels: Sequence[str]
    series: Sequence[Series]
    axis: str
    across: bool = False

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The same as a table: a label and its numbers."""
        numbers = zip(*(one.numbers for one in self.series), strict=True)
        return [(label, list(row)) for label, row in zip(self.labels, numbers, strict=True)]


def drawn(chart: Chart, wide: bool) -> str:
    """The chart as inline SVG, for a wide or a narrow screen; it is decoration, as ``Chart.rows`` says the same."""
    width, height = (760, 320) if wide else (360, 320)
    if chart.across:
        height = 40 + 30 * len(chart.labels)
    made = (pygal.HorizontalStackedBar if chart.across else pygal.StackedBar)(
        width=width, height=height, margin=4, margin_right=14, margin_bottom=4 if chart.across else 14, spacing=6,
        x_label_rotation=0 if chart.across else 35, order_min=0, y_labels_major_count=4, min_scale=2, max_scale=5,
        show_minor_y_labels=chart.across, show_legend=False, js=(), disable_xml_declaration=True,
        style=_STYLE, no_data_text="no rows", formatter=_number, value_formatter=_number,
    )  # fmt: skip
    made.x_labels = _shortened(chart.labels, wide)[::-1] if chart.across else _thinned(chart.labels, wide)
    for one in chart.series:
        made.add(one.name, _values(one, chart), formatter=_number)
    made.uuid = "chart"
    return _svg(made.render_tree(), chart, width, height)


def _values(one: Series, chart: Chart) -> list[dict[str, Any]]:
    told = zip(chart.labels, one.numbers, strict=True)
    values = [{"value": number, "label": f"{label}: {number:,} {one.name}"} for label, number in told]
    return values[::-1] if chart.across else values


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _shortened(labels: Sequence[str], wide: bool) -> list[str]:
    most = _LONGEST_NAME if wide else _LONGEST_NAME // 2
    return [label if len(label) <= most else f"{label[: most - 1].rstrip()}…" for label in labels]


def _thinned(labels: Sequence[str], wide: bool) -> list[str]:
    """Every label, or as many as can be read beside each other."""
    step = -(-len(labels) * 11 // (_MOST_LABELS if wide else _MOST_LABELS // 2))
    return [label if place % max(step, 1) == 0 else "" for place, label in enumerate(labels)]


def _svg(tree: Any, chart: Chart, width: int, height: int) -> str:
    """The drawing alone: pygal's script and style are dropped, and its notes become what a pointer is told."""
    root = ElementTree.fromstring(ElementTree.tostring(tree))
    root.attrib.clear()
    root.attrib |= {"viewBox": f"0 0 {width} {height}", "aria-hidden": "true", "focusable": "false"}
    styles = {f"color-{place}": one.style for place, one in enumerate(chart.series)}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}defs", f"{_SVG}script", f"{_SVG}style") or not isinstance(child.tag, str):
                parent.remove(child)
        _titled(parent)
        parent.attrib.pop("id", None)
        parent.set("class", " ".join(styles.get(name, name) for name in parent.get("class", "").split()))
    ElementTree.register_namespace("", _SVG[1:-1])
    return ElementTree.tostring(root, encoding="unicode").replace(f' xmlns="{_SVG[1:-1]}"', "")


def _titled(parent: ElementTree.Element) -> None:
    notes = [child for child in parent if child.tag == f"{_SVG}desc"]
    told: Iterable[str | None] = (note.text for note in notes if note.get("class") == "label")
    title = next(iter(told), None)
    for note in notes:
        parent.remove(note)
    if title:
        element = ElementTree.Element(f"{_SVG}title")
        element.text = title
        parent.insert(0, element)
