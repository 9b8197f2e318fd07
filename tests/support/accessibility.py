"""What axe-core finds wrong with a page in Chromium. It is put into a page once, however often it is asked there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.base import AXE_SCRIPT

if TYPE_CHECKING:
    from playwright.sync_api import Page

CONTRAST = "color-contrast"  # the one rule whose finding depends on the theme
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ASK = """async (only) => {
  scrollTo(0, 0); // where the focus took the page, a bar that stays in sight may cover a target
  const found = await axe.run({ runOnly: only, resultTypes: ["violations"] });
  return found.violations.flatMap(
    rule => rule.nodes.map(node => `${rule.id} (${rule.impact}): ${node.html.slice(0, 160)}`),
  );
}"""


def findings(page: Page, *rules: str) -> list[str]:
    """One line for each place, by all rules of WCAG 2.2 AA and good practice, or by these rules alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": _TAGS}
    return [f"{page.url}: {line}" for line in page.evaluate(_ASK, only)]
