"""Tools that write the project's generated files. Users of the package don't need them: the wheel leaves them out."""
