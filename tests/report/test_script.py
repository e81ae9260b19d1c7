"""The page in a real browser: what people do there, and that nothing fails or is loaded."""

import re

import pytest

from lineage_stats.report import build_report
from tests.report.pages import EVIL, evil_trace, long_trace
from tests.strategies import ASSIGN, MERGE, make_trace

# Each opens a page; together they use one browser.
pytestmark = pytest.mark.xdist_group("browser")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def matrix_of(page):
    """Return how the drawing is moved and zoomed, once the next frame is drawn."""
    return page.evaluate(
        """async () => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const svg = document.querySelector('svg.graph:not([hidden])');
          const matrix = new DOMMatrix(getComputedStyle(svg).transform);
          return {scale: matrix.a, x: matrix.e};
        }"""
    )


def scale_of(page):
    return matrix_of(page)["scale"]


def shift_of(page):
    return matrix_of(page)["x"]


def text_of(page, selector):
    return page.locator(selector).inner_text()


def test_a_click_shows_features_columns_and_neighbours(open_page, full_report):
    page = open_page(full_report)
    assert not page.is_visible("#panel")
    page.locator("#view-steps .l3").click()
    shown = text_of(page, "#panel")
    assert "DataFrame.merge" in shown
    assert "likely cause" in shown
    assert "rows_out" in shown
    assert page.locator("#panel .flagged").count() > 0
    (cause,) = [n for n in full_report["graph"]["nodes"] if n["operation"] == MERGE]
    names = page.locator("#panel tbody th").all_inner_texts()
    assert names == [feature["feature"] for feature in cause["features"][: len(names)]]
    assert "Columns and their sources" in shown
    assert "derived, possibly" in shown
    assert "Reads from" in shown
    page.locator("#panel .link", has_text="DataFrame.dropna").first.click()
    assert text_of(page, "#panel h3") == "DataFrame.dropna"
    page.keyboard.press("Escape")
    assert not page.is_visible("#panel")
    assert page.evaluate("document.activeElement.classList.contains('n')")


def test_search_finds_steps_and_columns(open_page, full_report):
    page = open_page(full_report)
    page.keyboard.press("/")
    page.keyboard.type("dropna")
    assert page.locator("#view-steps .hit").count() == 1
    assert page.locator("#hits [role=option]").count() == 1
    page.keyboard.press("Enter")
    assert text_of(page, "#panel h3") == "DataFrame.dropna"
    assert page.locator("#view-steps .hit").count() == 0
    page.fill("#find", "country")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "Comes from" in text_of(page, "#panel")
    page.fill("#find", "no such thing")
    assert text_of(page, "#hits") == "Nothing of that name"
    page.locator("#find").press("Escape")
    assert not page.is_visible("#hits")


def reached(page, title):
    """Return (operation, column, relations) below a heading of the panel."""
    return page.evaluate(
        """(title) => {
          const all = [...document.querySelectorAll('#panel section')];
          const one = all.find((s) => s.querySelector('h4').textContent.startsWith(title));
          return [...one.querySelectorAll('li')].flatMap((li) => {
            const step = li.querySelector('.link').title;
            return [...li.querySelectorAll('.source')].map((s) => [
              step, s.querySelector('button').textContent,
              s.lastChild.textContent.trim().split(', ').sort().join(' ')]);
          });
        }""",
        title,
    )


def expected(lineage):
    return sorted(
        [d.operation or "", d.column or d.kind, " ".join(sorted(d.relations))]
        for d in lineage
        if d.operation is not None
    )


def test_a_column_is_followed_up_and_down_as_the_trace_says(open_page):
    trace = make_trace(0)
    page = open_page(build_report(trace))
    page.locator("#view-steps .n").nth(trace.keys.index(ASSIGN)).dispatch_event("click")
    column = trace.columns(trace.operation(ASSIGN).outputs[0])[0][0]
    page.locator("#panel .link.column", has_text=re.compile(f"^{column}$")).first.click()
    assert page.evaluate("document.activeElement.id") == "panel"
    name = f"{ASSIGN}.{column}"
    up, down = trace.upstream(name), trace.downstream(name)
    assert len(up) > 2
    assert len(down) > 2
    assert sorted(reached(page, "Comes from")) == expected(up)
    assert sorted(reached(page, "Reaches")) == expected(down)
    lit = {d.operation for d in (*up, *down)} | {ASSIGN}
    bright = page.locator("#view-steps .n:not(.dim)").count()
    assert bright == len(lit - {None})
    page.get_by_role("button", name="Up", exact=True).click()
    assert page.locator("#view-steps .down").count() == 0
    assert page.locator("#view-steps .up").count() > 0
    assert page.evaluate("document.activeElement.textContent") == "Up"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Down"
    assert page.locator("#view-steps .up").count() == 0
    assert page.locator("#view-steps .down").count() > 0
    page.keyboard.press("Escape")
    assert page.locator("#view-steps .dim").count() == 0


def test_functions_are_folded_and_opened(open_page):
    page = open_page(build_report(long_trace(40)))
    assert page.is_visible("#view-functions")
    assert page.locator("#view-functions .n").count() == 4
    page.locator("#view-functions .n").first.click()
    assert "12 steps" in text_of(page, "#panel")
    page.get_by_role("button", name="Show its steps in the graph").click()
    assert page.is_visible("#view-steps")
    assert page.locator("#view-steps .sel").count() == 12
    page.click("[data-view=functions]")
    assert page.is_visible("#view-functions")
    assert page.get_attribute("[data-view=functions]", "aria-pressed") == "true"


def test_the_path_from_cause_to_metric_can_be_seen_alone(open_page, full_report):
    page = open_page(full_report)
    n_way = sum(node["on_path"] for node in full_report["graph"]["nodes"])
    page.click("#only-way")
    assert page.locator("#view-steps .n:not(.dim)").count() == n_way
    assert page.locator("#view-steps path.way:not(.dim)").count() > 0
    page.click("#only-way")
    assert page.locator("#view-steps .dim").count() == 0


def test_it_moves_and_zooms(open_page, full_report):
    page = open_page(full_report)
    page.locator("#stage").scroll_into_view_if_needed()
    frame = page.locator("#stage").bounding_box()
    x, y = frame["x"] + 40, frame["y"] + frame["height"] - 20
    before = shift_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y, steps=3)
    page.mouse.up()
    assert shift_of(page) == pytest.approx(before + 90)
    assert not page.is_visible("#panel")
    scale = scale_of(page)
    page.click("#zoom-in")
    assert scale_of(page) == pytest.approx(1.25 * scale)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, 200)
    page.keyboard.up("Control")
    assert scale_of(page) < scale
    page.click("#zoom-all")
    matrix_of(page)
    for box in (page.locator("#view-steps .n").first, page.locator("#view-steps .n").last):
        place = box.bounding_box()
        assert frame["x"] <= place["x"] <= frame["x"] + frame["width"] - place["width"]


def test_everything_can_be_done_with_the_keyboard(open_page, full_report):
    page = open_page(full_report)
    focused = "document.activeElement.getAttribute('aria-label')"
    page.locator("#stage").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(focused).startswith("DataFrame.merge in clean, likely cause")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused).startswith("DataFrame.dropna in clean")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert text_of(page, "#panel h3") == "DataFrame.merge"
    scale = scale_of(page)
    page.keyboard.press("+")
    assert scale_of(page) > scale
    page.keyboard.press("Escape")
    assert not page.is_visible("#panel")


def test_a_strip_tells_run_and_value(open_page, full_report):
    page = open_page(full_report)
    page.hover(".strip-box >> nth=0", position={"x": 2, "y": 20})
    first = full_report["metrics"][0]["history"][0]["run_id"]
    assert first in text_of(page, ".strip-box >> nth=0")


def test_a_hostile_name_does_no_harm(open_page):
    page = open_page(build_report(evil_trace()))
    page.locator("#view-steps .n").first.click()
    assert EVIL in text_of(page, "#panel")
    page.locator("#panel .link.column").first.click()
    page.fill("#find", "onerror")
    assert EVIL in text_of(page, "#hits")
    assert page.locator("img").count() == 0


def test_text_has_contrast(open_page, full_report):
    page = open_page(full_report)
    page.locator("#view-steps .l3").click()
    backgrounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert low_contrast(page) == []
    assert len(backgrounds) == 2


def low_contrast(page):
    """Return texts that stand out less than the guidelines for accessibility ask for."""
    return page.evaluate(
        """() => {
          const light = (c) => c.slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const numbers = (c) => c.match(/[\\d.]+/g).map(Number);
          const behind = (e) => {
            for (; e; e = e.parentElement) {
              const c = numbers(getComputedStyle(e).backgroundColor);
              if (c.length < 4 || c[3] > 0) return c;
            }
          };
          const found = [];
          for (const e of document.querySelectorAll('main *:not(svg *)')) {
            if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
            const a = light(numbers(getComputedStyle(e).color)), b = light(behind(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) found.push([e.textContent.slice(0, 40), ratio]);
          }
          return found;
        }"""
    )


def test_on_a_telephone_nothing_is_cut_off(open_page, full_report):
    page = open_page(full_report, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#view-steps .l3").dispatch_event("click")
    panel = page.locator("#panel").bounding_box()
    stage = page.locator("#stage").bounding_box()
    assert panel["y"] >= stage["y"] + stage["height"]
    assert panel["x"] + panel["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_page_is_complete(open_page, full_report):
    page = open_page(full_report, java_script_enabled=False)
    assert page.is_visible("#view-steps")
    assert not page.is_visible("#find")
    assert full_report["verdict"]["sentence"] in text_of(page, ".verdict")


def test_labels_stay_inside_their_boxes(open_page, full_report):
    page = open_page(full_report)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('#view-steps .n')].filter((n) => {
          const box = n.querySelector('rect').getBBox(), name = n.querySelector('.name').getBBox();
          const score = n.querySelector('.score');
          const end = score ? score.getBBox().x : box.width - 4;
          return name.x + name.width > end || [...n.querySelectorAll('text')].some(
            (t) => t.getBBox().x + t.getBBox().width > box.width - 2);
        }).map((n) => n.textContent)"""
    )
    assert wide == []
