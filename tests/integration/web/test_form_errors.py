"""Errors of the API beside the fields that they name, in whatever spelling."""

from playwright.sync_api import Browser

from tests.integration.web.browsing import show, visiting

_REFUSE = """async (names) => {
  const script = [...document.querySelectorAll("script[type=module]")].at(-1).src;
  const { field, form } = await import(script.replace("storefront/main.js", "common/forms.js"));
  const refused = Object.fromEntries(names.map((name) => [name, "must be a number"]));
  const inputs = ["rates.0.price", "rates.1.price", "variants[1].price", "countries", "hidden"];
  const fields = inputs.map((name) => field(name, name));
  fields[4].hidden = true;
  const refuse = () => { throw Object.assign(new Error("Refused."), { status: 400, details: refused }); };
  const made = form({ button: "Save" }, refuse, fields);
  document.querySelector("main").replaceChildren(made);
  made.requestSubmit();
  await new Promise((done) => setTimeout(done));
  return {
    marked: [...made.querySelectorAll("[aria-invalid]")].map(({ name }) => name),
    notes: [...made.querySelectorAll(".note")].filter((note) => note.textContent).map((note) => note.textContent),
    problem: made.querySelector(".problem").textContent,
    focused: document.activeElement.name,
  };
}"""


def test_an_error_is_shown_at_the_field_that_it_names(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/cart")
        for spelling in ("rates[1].price", "rates.1.price"):
            assert page.evaluate(_REFUSE, [spelling]) == {
                "marked": ["rates.1.price"],
                "notes": ["Must be a number."],
                "problem": "",
                "focused": "rates.1.price",
            }
        entries = page.evaluate(_REFUSE, ["countries[0]", "countries.1", "variants.1.price"])
        assert entries["marked"] == ["variants[1].price", "countries"]
        elsewhere = page.evaluate(_REFUSE, ["hidden", "unknown[0].part"])
        assert (elsewhere["marked"], elsewhere["problem"]) == ([], "Refused.")
