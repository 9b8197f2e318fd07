"""What axe-core finds wrong with a page in Chromium. It is put into a page once, however often it is asked there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ASK = """async (only) => {
  scrollTo(0, 0); // where the focus took the page, a bar that stays in sight may cover a target
  const found = await axe.run({ runOnly: only, resultTypes: ["violations"] });
  return told(found);
}"""
_ASK_OF_KINDS = """async (only) => {
  scrollTo(0, 0);
  const often = new Map(), chosen = [];
  for (const one of document.body.querySelectorAll("*")) {
    const hasText = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!hasText && !one.matches("input, select, textarea")) continue;
    const path = [];
    for (let up = one; up !== document.body; up = up.parentElement)
      path.push([...up.attributes].filter(given => looks(given.name)).map(given => given.name + given.value).join(),
        up.tagName, up.matches(":checked, :disabled, :invalid, [open]"));
    const kind = path.join(), seen = often.get(kind) || 0;
    often.set(kind, seen + 1);
    if (seen < 2) chosen.push(one);
  }
  return chosen.length ? told(await axe.run({ include: chosen }, { runOnly: only, resultTypes: ["violations"] })) : [];
}"""
_HELP = """
const looks = name => !["id", "name", "value", "for", "href", "title", "action", "datetime"].includes(name)
  && (!name.startsWith("aria-") || ["aria-current", "aria-invalid", "aria-pressed"].includes(name));
const told = found => found.violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`),
);"""


def findings(page: Page) -> list[str]:
    """One line for each place, by all rules of WCAG 2.2 AA and good practice."""
    return _told(page, _ASK, {"type": "tag", "values": _TAGS})


def contrast(page: Page) -> list[str]:
    """The same for contrast alone, which a theme changes.

    Of elements that look alike (the same names, classes and states up to the body) two are examined: a list of six
    hundred permissions has no more colours than its first two rows.
    """
    return _told(page, _ASK_OF_KINDS, {"type": "rule", "values": ["color-contrast"]})


def _told(page: Page, ask: str, only: dict[str, object]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    lines: list[str] = page.evaluate(f"async only => {{ {_HELP} return await ({ask})(only); }}", only)
    return [f"{page.url}: {line}" for line in lines]
