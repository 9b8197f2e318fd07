"""A page as a person meets it: headings, links, messages and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from html_tree import parse

if TYPE_CHECKING:
    from html_tree import Element

Value = str | bool | list[str]  # what is filled in: a text, a tick, several ticks

_TYPEABLE = frozenset({"input", "select", "textarea"})
_BUTTON_TYPES = frozenset({"submit", "button", "reset", "image"})


class Field:
    """One control of a form: an input that is no button, a select, a text area."""

    def __init__(self, element: Element, page: Element) -> None:
        self.element = element
        self._page = page
        self.name = element.get("name")
        self.kind = element.get("type", "text") if element.tag == "input" else element.tag
        self.autocomplete = element.get("autocomplete")

    @property
    def is_hidden(self) -> bool:
        """Whether no person ever meets it, as the login that is there for password managers only."""
        return self.kind == "hidden" or self.element.get("aria-hidden") == "true"

    @property
    def label(self) -> str:
        """Its accessible name, by label, aria-labelledby or aria-label."""
        if "aria-labelledby" in self.element:
            return " ".join(self._by_id(name) for name in self.element.get("aria-labelledby").split())
        if "aria-label" in self.element:
            return self.element.get("aria-label")
        own_id = self.element.get("id")
        texts = [label.text for label in self._page.all("label", for_=own_id)] if own_id else []
        texts += [around.text for around in self.element.ancestors() if around.tag == "label"]
        return " ".join(texts).strip()

    @property
    def described_by(self) -> str:
        """The text its aria-describedby leads to: hint and error."""
        return " ".join(self._by_id(name) for name in self.element.get("aria-describedby").split())

    @property
    def is_wrong(self) -> bool:
        """Whether the page marks it as refused."""
        return self.element.get("aria-invalid") == "true"

    @property
    def has_focus(self) -> bool:
        """Whether the page opens with the cursor in it."""
        return "autofocus" in self.element

    @property
    def value(self) -> str:
        """What it holds as the page arrives; a box that is ticked or not keeps its value."""
        if self.element.tag == "textarea":
            text = "".join(child for child in self.element.children if isinstance(child, str))
            return text.removeprefix("\n")
        if self.element.tag == "select":
            chosen = [option for option in self.options if "selected" in option] or self.options[:1]
            return _option_value(chosen[0]) if chosen else ""
        return self.element.get("value", "on" if self.kind in {"checkbox", "radio"} else "")

    @property
    def options(self) -> list[Element]:
        """The options of a select."""
        return self.element.all("option")

    @property
    def choices(self) -> dict[str, str]:
        """The options of a select: what a person reads, and what is sent."""
        return {option.text: _option_value(option) for option in self.options}

    @property
    def is_sent(self) -> bool:
        """Whether a browser sends it as the page stands."""
        if not self.name or "disabled" in self.element:
            return False
        if any(around.tag == "fieldset" and "disabled" in around for around in self.element.ancestors()):
            return False
        return self.kind not in {"checkbox", "radio"} or "checked" in self.element

    def _by_id(self, name: str) -> str:
        return self._page.first(id=name).text

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name!r} {self.autocomplete}>"


def _option_value(option: Element) -> str:
    return option.get("value") if "value" in option else option.text


class Form:
    """A form as it stands on a page."""

    def __init__(self, element: Element, page: Element) -> None:
        self.element = element
        self.action = element.get("action")
        self.method = element.get("method", "get").lower()
        own_id = element.get("id")
        inside = [control for control in element.walk() if control.tag in _TYPEABLE]
        if own_id:
            inside += [control for control in page.all(*_TYPEABLE, form=own_id) if control not in inside]
        self.fields = [Field(control, page) for control in inside if control.get("type") not in _BUTTON_TYPES]
        buttons = element.all("button", "input") + (page.all("button", form=own_id) if own_id else [])
        self.buttons = [
            button
            for button in buttons
            if (button.tag == "button" and button.get("type", "submit") == "submit") or button.get("type") == "submit"
        ]

    def find(self, key: str) -> list[Field]:
        """The visible fields a person would mean: by autocomplete token, else name, else the start of the label."""
        visible = [field for field in self.fields if not field.is_hidden]
        for matches in (
            lambda field: key in field.autocomplete.split(),
            lambda field: field.name == key,
            lambda field: bool(field.label) and field.label.casefold().startswith(key.casefold()),
        ):
            found = [field for field in visible if matches(field)]
            if found:
                return found
        return []

    def field(self, key: str) -> Field:
        """The first of `find`; `key[2]` counts on, as in `new-password[2]` for the repetition."""
        name, _, number = key.partition("[")
        found = self.find(name)
        index = int(number.rstrip("]")) - 1 if number else 0
        assert len(found) > index, f"no field {key!r} in the form to {self.action!r}, which has {self.fields}"
        return found[index]

    def button(self, text: str | None = None) -> Element | None:
        """The submit button with this text (or name); without a text the first one."""
        if text is None:
            return self.buttons[0] if self.buttons else None
        for button in self.buttons:
            if text in {button.text, button.get("value"), button.get("name"), button.get("aria-label")}:
                return button
        raise AssertionError(f"no button {text!r} in the form to {self.action!r}: {[b.text for b in self.buttons]}")

    def filled(self, values: dict[str, Value], button: str | None = None) -> list[tuple[str, str]]:
        """The pairs a browser sends after a person filled in `values` and pressed the button.

        A text goes into the field; `True` and `False` tick and untick a box; for radio buttons the value or the label
        of the one to choose; for a select the value or the text; a list ticks exactly these boxes of one name.
        """
        typed: dict[int, Value] = {}
        for key, value in values.items():
            typed[id(self.field(key).element)] = value
        by_name = {self.field(key).name: value for key, value in values.items()}
        pairs: list[tuple[str, str]] = []
        for field in self.fields:
            if field.kind in {"checkbox", "radio"} and field.name in by_name:
                if self._is_chosen(field, by_name[field.name], typed):
                    pairs.append((field.name, field.value))
            elif id(field.element) in typed:
                value = typed[id(field.element)]
                assert isinstance(value, str), f"{field} takes a text"
                assert "readonly" not in field.element, f"{field} is read only"
                pairs.append((field.name, field.choices.get(value, value) if field.kind == "select" else value))
            elif field.is_sent:
                pairs.append((field.name, field.value))
        pressed = self.button(button)
        if pressed is not None and pressed.get("name"):
            pairs.append((pressed.get("name"), pressed.get("value")))
        return pairs

    @staticmethod
    def _is_chosen(field: Field, value: Value, typed: dict[int, Value]) -> bool:
        if isinstance(value, list):
            return field.value in value or field.label in value
        if isinstance(value, bool):
            return value if id(field.element) in typed else field.is_sent
        return value == field.value or field.label.startswith(value)


class Page:
    """An answer with HTML, read: `url` is the path with its query, `status` the number."""

    def __init__(self, *, url: str, status: int, headers: dict[str, str], html: str) -> None:
        self.url = url
        self.path = url.partition("?")[0]
        self.status = status
        self.headers = headers
        self.html = html
        self.root = parse(html)

    @property
    def title(self) -> str:
        """The document's title."""
        return "".join(
            child for child in self.root.first("head").first("title").children if isinstance(child, str)
        ).strip()

    @property
    def h1(self) -> str:
        """The one main heading."""
        return self.root.first("h1").text

    @property
    def text(self) -> str:
        """Everything a person can read."""
        return self.root.first("body").text

    @property
    def main(self) -> Element:
        """The page without its frame."""
        return self.root.first("main")

    @property
    def language(self) -> str:
        """The page's language."""
        return self.root.first("html").get("lang")

    @property
    def forms(self) -> list[Form]:
        """All forms, in order."""
        return [Form(element, self.root) for element in self.root.all("form")]

    def form(self, action: str | None = None, *, having: tuple[str, ...] = ()) -> Form:
        """The form to `action`; without it the first in the main part that has these fields."""
        candidates = self.forms if action is not None else [Form(e, self.root) for e in self.main.all("form")]
        for form in candidates:
            goes_there = action is None or form.action.partition("?")[0] == action
            if goes_there and all(form.find(key.partition("[")[0]) for key in having):
                return form
        shown = [(form.action, form.fields) for form in self.forms]
        raise AssertionError(f"no form to {action!r} with {having} on {self.url} ({self.h1!r}); there are {shown}")

    @property
    def links(self) -> dict[str, str]:
        """Text and address of every link; of several with one text the first."""
        found: dict[str, str] = {}
        for element in self.root.all("a"):
            if "href" in element:
                found.setdefault(element.text or element.get("aria-label"), element.get("href"))
        return found

    def link(self, text: str) -> str:
        """The address of the link with this text, or that starts with it."""
        links = self.links
        if text in links:
            return links[text]
        for shown, address in links.items():
            if shown.startswith(text):
                return address
        raise AssertionError(f"no link {text!r} on {self.url}; there are {sorted(links)}")

    @property
    def alerts(self) -> list[str]:
        """What is announced at once: refusals."""
        return [element.text for element in self.root.all(role="alert") if element.text]

    @property
    def notices(self) -> list[str]:
        """What is announced in turn: receipts."""
        return [element.text for element in self.root.all(role="status") if element.text]

    @property
    def field_errors(self) -> dict[str, str]:
        """For each field marked wrong: its name and the text that describes it."""
        return {field.name: field.described_by for form in self.forms for field in form.fields if field.is_wrong}

    def __repr__(self) -> str:
        return f"<{self.status} {self.url} {self.h1!r}>"
