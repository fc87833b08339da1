"""What writes the project's generated files. Users of the package don't need it, so it is not part of the wheel."""
