"""What input structs share."""

from collections.abc import Callable
from typing import Annotated, Final, TypeVar

import msgspec

VERBATIM: Final = {"verbatim": True}
Verbatim = Annotated[str, msgspec.Meta(extra=VERBATIM)]
"""A text whose surrounding white space counts: a password. Every other text is trimmed where it enters."""

_Input = TypeVar("_Input", bound=msgspec.Struct)


def takes_back(*views: type[msgspec.Struct]) -> Callable[[type[_Input]], type[_Input]]:
    """Let an input struct take every field of these views: a client may send back what it has read.

    Fields that the input does not declare are accepted with any value and ignored.
    """

    def extend(own: type[_Input]) -> type[_Input]:
        known = {field.encode_name for field in msgspec.structs.fields(own)}
        ignored = {
            field.name: object
            for view in views
            for field in msgspec.structs.fields(view)
            if field.encode_name not in known
        }
        extended: type[_Input] = msgspec.defstruct(  # type: ignore[assignment]
            own.__name__,
            [(name, kind, msgspec.UNSET) for name, kind in ignored.items()],
            bases=(own,),
            module=own.__module__,
            namespace={"__doc__": own.__doc__},
            rename="camel",
            forbid_unknown_fields=True,
            kw_only=True,
        )
        return extended

    return extend
