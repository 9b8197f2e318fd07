"""What axe-core finds wrong with a page in Chromium. It is put into a page once, however often it is asked there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ASK = """async ({ only, isSampled }) => {
  const isLook = name => !["id", "name", "value", "for", "href", "title", "action", "datetime"].includes(name)
    && (!name.startsWith("aria-") || ["aria-current", "aria-invalid", "aria-pressed"].includes(name));
  const states = [":checked", ":disabled", ":invalid", ":has(:checked)", ":has(:disabled)", ":first-child"];
  const kinds = new Map([[document.body, ""]]);
  const kindOf = one => {
    if (!kinds.has(one)) {
      const attributes = [...one.attributes].filter(given => isLook(given.name)).map(given => given.name + given.value);
      const held = states.map(state => one.matches(state));
      kinds.set(one, [kindOf(one.parentElement), one.tagName, ...attributes, ...held].join());
    }
    return kinds.get(one);
  };
  const isColoured = one => one.matches("input, select, textarea")
    || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const twoOfEachKind = () => {
    const often = new Map();
    return [...document.body.querySelectorAll("*")].filter(one => {
      if (!isColoured(one)) return false;
      const kind = kindOf(one), seen = often.get(kind) || 0;
      often.set(kind, seen + 1);
      return seen < 2;
    });
  };
  scrollTo(0, 0); // where the focus took the page, a bar that stays in sight may cover a target
  const where = isSampled ? { include: twoOfEachKind() } : document;
  const found = await axe.run(where, { runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`),
  );
}"""


def findings(page: Page) -> list[str]:
    """One line for each place, by all rules of WCAG 2.2 AA and good practice."""
    return _ask(page, only={"type": "tag", "values": _TAGS}, is_sampled=False)


def contrast(page: Page) -> list[str]:
    """The same for contrast alone, which a theme changes.

    Of elements that look alike (the same names, attributes and states up to the body) two are examined: a list of six
    hundred permissions has no more colours than its first two rows.
    """
    return _ask(page, only={"type": "rule", "values": ["color-contrast"]}, is_sampled=True)


def _ask(page: Page, *, only: dict[str, object], is_sampled: bool) -> list[str]:
    page.wait_for_load_state("load")  # a click waits only until the next page begins
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    lines: list[str] = page.evaluate(_ASK, {"only": only, "isSampled": is_sampled})
    return [f"{page.url}: {line}" for line in lines]
