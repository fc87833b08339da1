"""Faults of accessibility that axe-core finds in a page."""

from typing import Any, Final

from playwright.sync_api import Page

from tests.integration.web.browsing import DESKTOP, PHONE, Scheme
from tests.npm import axe_core

_COLORS: Final = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules that judge colors."""
_REMEMBER_LOOKS: Final = """() => {
  window.looksOf = (element) => {
    const style = getComputedStyle(element);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    return [element.checkVisibility({ visibilityProperty: true, opacityProperty: true }), large, style.opacity,
      style.color, style.backgroundColor, style.backgroundImage, style.textDecorationLine, style.position].join();
  };
  window.looks = new Map([...document.body.querySelectorAll("*")].map((each) => [each, looksOf(each)]));
}"""
"""Remembers of each element what decides how its text and its background are colored."""
_RUN_AXE: Final = """async ([options, amongChanged]) => {
  const changed = amongChanged && [...looks].flatMap(([element, before]) =>
    element.isConnected && looksOf(element) !== before ? [element] : []);
  if (changed && changed.length === 0) return [];
  const results = await axe.run(changed || document, { resultTypes: ["violations"], preload: false, ...options });
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]));
}"""
"""Returns the rules that are violated, and the markup that violates them."""
_REDRAW: Final = """async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await drawn();
  for (const animation of document.getAnimations())
    if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
  await drawn();
}"""
"""Draws the page after a change, with its transitions at their end."""


def accessibility_faults(page: Page) -> list[str]:
    """Return the violations that axe-core finds, of any impact, and whether the page scrolls sideways, one line each.

    Every rule judges the view as large as it is and light, and at the other size and dark. Of what looks the same at
    both sizes, colors are judged once in each scheme. Leaves the page light and as large as it was.
    """
    size = page.viewport_size
    assert size is not None
    other = DESKTOP if size["width"] == PHONE["width"] else PHONE
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_core().read_text())
    faults = _faults_of(page, "light", {})
    page.evaluate(_REMEMBER_LOOKS)
    page.set_viewport_size(other)  # type: ignore[arg-type]
    faults += _faults_of(page, "light", _COLORS, among_changed=True)
    page.emulate_media(color_scheme="dark")
    faults += _faults_of(page, "dark", {})
    page.evaluate(_REMEMBER_LOOKS)
    page.set_viewport_size(size)
    faults += _faults_of(page, "dark", _COLORS, among_changed=True)
    page.emulate_media(color_scheme="light")
    page.evaluate(_REDRAW)
    return faults


def _faults_of(
    page: Page, scheme: Scheme, options: dict[str, Any], *, among_changed: bool = False
) -> list[str]:
    page.evaluate(_REDRAW)
    where = f"{page.url} {page.viewport_size} {scheme}"
    found: list[list[str]] = page.evaluate(_RUN_AXE, [options, among_changed])
    faults = [f"{where} {rule} {html[:160]}" for rule, html in found]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{where} scrolls sideways")
    return faults
